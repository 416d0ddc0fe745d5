"""HTTP in, Kafka out: a player's report is answered with 202 once every in-sync replica has it."""
