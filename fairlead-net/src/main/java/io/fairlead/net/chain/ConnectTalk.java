package io.fairlead.net.chain;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/**
 * Asks an HTTP proxy for a tunnel (RFC 9110 §9.3.6). Interim answers are passed over; a head is at
 * most {@link #HEAD_MAX} bytes.
 */
final class ConnectTalk implements HopTalk {
  static final int HEAD_MAX = 16 * 1024;

  private static final int INTERIM_MAX = 8;

  private final ProxyHop hop;
  private final Destination.HostPort to;
  private Optional<Failure> failure = Optional.empty();
  private int interim;

  ConnectTalk(ProxyHop hop, Destination.HostPort to) {
    this.hop = hop;
    this.to = to;
  }

  @Override
  public void begin(ByteBuf out) {
    StringBuilder head = new StringBuilder(256);
    head.append("CONNECT ").append(to).append(" HTTP/1.1\r\nHost: ").append(to).append("\r\n");
    hop.login()
        .ifPresent(
            login ->
                head.append("Proxy-Authorization: Basic ")
                    .append(
                        Base64.getEncoder()
                            .encodeToString(
                                (login.user() + ":" + login.password().reveal())
                                    .getBytes(StandardCharsets.UTF_8)))
                    .append("\r\n"));
    hop.pseudonym().ifPresent(name -> head.append("Via: 1.1 ").append(name).append("\r\n"));
    out.writeCharSequence(head.append("\r\n"), StandardCharsets.ISO_8859_1);
  }

  @Override
  public Step read(ByteBuf in, ByteBuf out) {
    while (true) {
      int end = headEnd(in);
      if (end < 0) {
        if (in.readableBytes() <= HEAD_MAX) return Step.WAIT;
        return fail(true, new DialException.Refused(to, said("an answer without an end")));
      }
      int status = status(in, end);
      in.readerIndex(end);
      if (status >= 200 && status < 300) return Step.OPEN;
      boolean more = status >= 100 && status < 200 && status != 101 && ++interim <= INTERIM_MAX;
      if (!more) return refused(status);
    }
  }

  @Override
  public Optional<Failure> failure() {
    return failure;
  }

  private Step refused(int status) {
    return switch (status) {
      case 403, 451 -> fail(false, new DialException.Refused(to, said("refused it: " + status)));
      case 502, 503 ->
          fail(false, new DialException.Unreachable(to, false, said("cannot reach it: " + status)));
      case 504 -> fail(false, new DialException.TimedOut(to, said("got no answer: 504")));
      case 407 -> fail(true, new DialException.Refused(to, said("wants another login: 407")));
      case 0 -> fail(true, new DialException.Refused(to, said("an answer that is not HTTP")));
      default -> fail(true, new DialException.Refused(to, said("answered " + status)));
    };
  }

  private Step fail(boolean ofProxy, DialException cause) {
    failure = Optional.of(new Failure(cause, ofProxy));
    return Step.FAILED;
  }

  private String said(String what) {
    return to + ": the proxy " + hop.name() + " " + what;
  }

  /** Index behind the empty line, or -1. */
  private static int headEnd(ByteBuf in) {
    int from = in.readerIndex();
    int end = Math.min(in.writerIndex(), from + HEAD_MAX);
    for (int i = from + 3; i < end; i++) {
      if (in.getByte(i) == '\n'
          && in.getByte(i - 1) == '\r'
          && in.getByte(i - 2) == '\n'
          && in.getByte(i - 3) == '\r') {
        return i + 1;
      }
    }
    return -1;
  }

  /** Of {@code HTTP/1.x NNN}; 0 when that is not how it begins. */
  private static int status(ByteBuf in, int end) {
    int from = in.readerIndex();
    if (end - from < 14) return 0;
    String line = in.toString(from, 12, StandardCharsets.ISO_8859_1);
    if (!line.matches("HTTP/1\\.[01] [1-5][0-9][0-9]")) return 0;
    byte next = in.getByte(from + 12);
    return next == ' ' || next == '\r' ? Integer.parseInt(line.substring(9)) : 0;
  }
}
