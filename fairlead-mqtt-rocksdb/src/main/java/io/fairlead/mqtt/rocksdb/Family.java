package io.fairlead.mqtt.rocksdb;

import java.nio.charset.StandardCharsets;

/**
 * The column families. Numbers in keys are big-endian, so that keys sort by them.
 *
 * <p>{@code META}: name → counters, format. {@code SESSION}: session → client and times. {@code
 * GROUP}: number → filter. {@code SUB}: session, filter → options. {@code MSG}: message number →
 * message, once for all its owners. {@code QUEUE}: session, sequence → message or its number.
 * {@code INFLIGHT}: session, packet id, stage → owner of the queue, sequence. {@code INBOUND}:
 * session, packet id. {@code RETAINED}: topic → message. {@code WILL}: session → will.
 */
enum Family {
  META("default"), // the one that every database has
  SESSION("session"),
  GROUP("group"),
  SUB("sub"),
  MSG("msg"),
  QUEUE("queue"),
  INFLIGHT("inflight"),
  INBOUND("inbound"),
  RETAINED("retained"),
  WILL("will");

  private final String word;

  Family(String word) {
    this.word = word;
  }

  byte[] bytes() {
    return word.getBytes(StandardCharsets.UTF_8);
  }
}
