package io.fairlead.pubsub.codec;

/** What a server may not send, and the close code that says so (RFC 6455 §7.4.1). */
public enum FrameFault {
  /** Reserved bits or opcodes, a masked frame, a broken fragment or control frame. */
  PROTOCOL(1002),
  /** A frame or message beyond the limit. */
  TOO_LARGE(1009);

  private final int closeCode;

  FrameFault(int closeCode) {
    this.closeCode = closeCode;
  }

  public int closeCode() {
    return closeCode;
  }
}
