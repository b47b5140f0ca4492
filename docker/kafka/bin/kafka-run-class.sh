#!/bin/sh
# Runs a class of Kafka: kafka-run-class.sh <class> <arguments>. KAFKA_OPTS, KAFKA_HEAP_OPTS: options of the JVM.
# shellcheck disable=SC2086 # Both are lists of options.
exec java ${KAFKA_HEAP_OPTS:--Xmx1g} ${KAFKA_OPTS:-} -Dorg.slf4j.simpleLogger.logFile=System.out \
    -Dorg.slf4j.simpleLogger.showDateTime=true -cp "/opt/kafka/libs/*" "$@"
