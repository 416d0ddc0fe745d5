"""Create the topics, or say how the present ones differ from what the promise needs."""

import argparse

from aiokafka.admin import AIOKafkaAdminClient

from etl import topics
from etl.commands import DONE, fail, say
from etl.settings import Settings


async def command(settings: Settings, _: argparse.Namespace) -> int:
    admin = AIOKafkaAdminClient(**settings.brokers.client())
    await admin.start()
    try:
        created = await topics.ensure(admin, topics.wanted(settings))
    except topics.TopicsDiffer as differences:
        return fail(str(differences))
    finally:
        await admin.close()
    say(f"topics created: {', '.join(created) or 'none, all are as they must be'}")
    return DONE
