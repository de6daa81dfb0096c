package io.fairlead.net.http.codec;

import org.jspecify.annotations.Nullable;

/**
 * A response's head: status line and body framing (RFC 9112 §4, §6.3), as strict as for requests.
 *
 * <p>Deviation: a status line may lack the space before an absent reason, as common servers leave
 * it out (pinned by {@code ResponseScannerTest.acceptsAStatusLineWithoutReason}).
 */
public final class ResponseScanner extends HeadScanner {
  private boolean toHead;
  private int status;
  private int lineRest;
  private int lineEnd;
  private @Nullable String reason;

  public ResponseScanner(HeadLimits limits) {
    super(limits);
  }

  /**
   * Ready for another response.
   *
   * @param answersHead whether it answers HEAD, so that it has no body whatever it says
   */
  public void reset(boolean answersHead) {
    clear();
    toHead = answersHead;
    status = 0;
    reason = null;
  }

  /** Ready for a response of another upstream, with other bounds. */
  public void reset(boolean answersHead, HeadLimits next) {
    limits(next);
    reset(answersHead);
  }

  /** Ready for the next response to the same request, after an interim one. */
  public void again() {
    reset(toHead);
  }

  /** 100–999. */
  public int status() {
    return status;
  }

  public String reason() {
    String text = reason;
    if (text == null) {
      int from = lineRest + 4;
      reason = text = from < lineEnd ? Octet.string(bytes, from + 1, lineEnd) : "";
    }
    return text;
  }

  /** Whether no body follows, whatever the framing fields say. */
  public boolean bodiless() {
    return toHead || status < 200 || status == 204 || status == 304;
  }

  /** Whether the body ends with the connection. */
  public boolean untilClose() {
    return !bodiless() && !chunked() && contentLength() < 0;
  }

  @Override
  int emptyLinesMax() {
    return 0;
  }

  @Override
  @Nullable Boolean aliasDropped() {
    return null;
  }

  @Override
  @Nullable Reject startLine(int from, int to) {
    if (to - from < 12) return Reject.BAD_STATUS_LINE;
    Reject bad = version(from, from + 8);
    if (bad != null) return bad;
    int digits = from + 9;
    if (bytes[from + 8] != ' '
        || bytes[digits] == '0'
        || !Octet.all(bytes, digits, digits + 3, Octet.DIGIT)
        || (to > digits + 3 && bytes[digits + 3] != ' ')) {
      return Reject.BAD_STATUS_LINE;
    }
    status = (bytes[digits] - '0') * 100 + (bytes[digits + 1] - '0') * 10 + bytes[digits + 2] - '0';
    lineRest = from + 8;
    lineEnd = to;
    return null;
  }

  @Override
  @Nullable Reject complete() {
    Reject bad = framing();
    if (bad != null) return bad;
    return chunked() && minorVersion() == 0 ? Reject.ENCODING_IN_HTTP10 : null;
  }

  /** Where {@code " 200 OK"} begins in the bytes. */
  int lineRest() {
    return lineRest;
  }

  int lineEnd() {
    return lineEnd;
  }
}
