"""Events out: into Kafka, with its ack or an error."""
