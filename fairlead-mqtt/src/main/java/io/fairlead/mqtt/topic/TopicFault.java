package io.fairlead.mqtt.topic;

/** Why a text is no topic name or no topic filter. */
public enum TopicFault {
  EMPTY("is empty (expected: one character or more)"),
  NOT_UTF8("is not well-formed UTF-8"),
  NUL("holds U+0000"),
  TOO_LONG("is longer than allowed"),
  TOO_DEEP("has more levels than allowed"),
  WILDCARD("holds + or #, which only a filter may"),
  PLUS_NOT_ALONE("has a + that does not fill its level"),
  HASH_NOT_LAST("has a # that is not the whole last level"),
  TOO_MANY_WILDCARDS("has more wildcards than allowed"),
  SHARE_WITHOUT_NAME("starts with $share/ but names no group"),
  SHARE_NAME("has a + or # in its group's name"),
  SHARE_WITHOUT_FILTER("names a group but no filter behind it");

  private final String reason;

  TopicFault(String reason) {
    this.reason = reason;
  }

  /** The end of a sentence that begins with the text, for people. */
  public String reason() {
    return reason;
  }

  /**
   * Whether the text is outside what we allow although the standard would; everything else is
   * outside the standard.
   */
  public boolean isOurLimit() {
    return this == TOO_LONG || this == TOO_DEEP || this == TOO_MANY_WILDCARDS;
  }
}
