package io.fairlead.app.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The running gateway's server-sent events (WHATWG HTML, "Server-sent events"). */
final class EventFeed {
  private static final int LINE_BYTES_MAX = 1024 * 1024;

  /** Takes the data of one event. */
  @FunctionalInterface
  interface Taker {
    void take(String data) throws CommandFailure, IOException;
  }

  /** Called when the stream is open: what happens from here on will be told. */
  @FunctionalInterface
  interface Opened {
    void opened() throws CommandFailure, IOException;
  }

  private record Asked(String target, Optional<String> token) {}

  private record Listener(Opened opening, Taker taker) {
    void opened() throws CommandFailure, IOException {
      opening.opened();
    }
  }

  private final Product product;

  EventFeed(Product product) {
    this.product = product;
  }

  /**
   * Follows until somebody ends it.
   *
   * @param target path and query of the stream
   * @return never normally but when it is refused
   * @throws CommandFailure nobody answers, the stream is refused, or it ended
   */
  int follow(Call call, String target, Opened opened, Taker taker)
      throws CommandFailure, IOException {
    Listener listener = new Listener(opened, taker);
    ControlDoors doors = ControlDoors.of(call, product);
    List<String> failures = new ArrayList<>();
    for (ControlEndpoint endpoint : doors.endpoints()) {
      Optional<String> token =
          endpoint instanceof ControlEndpoint.Port ? doors.token() : Optional.empty();
      SocketChannel channel;
      try {
        channel = SocketChannel.open(endpoint.family());
        channel.connect(endpoint.address());
      } catch (SocketException nobody) {
        failures.add(endpoint + ": " + nobody.getMessage());
        continue;
      }
      try (channel) {
        return read(call, endpoint, channel, new Asked(target, token), listener);
      }
    }
    throw new CommandFailure(
        Exit.UNAVAILABLE,
        "unreachable",
        "no running gateway found",
        "tried " + String.join("; ", failures));
  }

  private static int read(
      Call call, ControlEndpoint endpoint, SocketChannel channel, Asked asked, Listener listener)
      throws CommandFailure, IOException {
    StringBuilder head =
        new StringBuilder("GET ").append(asked.target()).append(" HTTP/1.1\r\nHost: ");
    head.append(endpoint.host()).append("\r\nAccept: text/event-stream\r\n");
    asked
        .token()
        .ifPresent(each -> head.append("Authorization: Bearer ").append(each).append("\r\n"));
    channel.write(ByteBuffer.wrap((head + "\r\n").getBytes(StandardCharsets.ISO_8859_1)));
    InputStream in = new BufferedInputStream(Channels.newInputStream(channel));
    String status = line(in);
    Map<String, String> fields = new HashMap<>();
    for (String field = line(in); !field.isEmpty(); field = line(in)) {
      int colon = field.indexOf(':');
      if (colon > 0) {
        fields.put(
            field.substring(0, colon).toLowerCase(java.util.Locale.ROOT),
            field.substring(colon + 1).strip());
      }
    }
    if (!status.startsWith("HTTP/1.1 200")) {
      int code =
          status.matches("HTTP/1\\.1 [0-9]{3}.*") ? Integer.parseInt(status.substring(9, 12)) : 0;
      int length = Integer.parseInt(fields.getOrDefault("content-length", "0"));
      String body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
      throw ControlCommands.refused(call, new ControlClient.Answer(code, fields, body));
    }
    try {
      listener.opened();
      chunks(in, listener);
    } catch (EOFException | SocketException ended) {
      // The gateway stopped, which is the end of what there is to tell.
    }
    throw new CommandFailure(Exit.UNAVAILABLE, "ended", "the gateway ended the stream", "");
  }

  /** RFC 9112 §7.1; lines of the stream may lie across chunks. */
  private static void chunks(InputStream in, Listener listener) throws CommandFailure, IOException {
    ByteArrayOutputStream pending = new ByteArrayOutputStream();
    while (true) {
      int size = Integer.parseInt(line(in).replaceFirst(";.*", "").strip(), 16);
      if (size == 0) return;
      for (byte each : in.readNBytes(size)) {
        if (each == '\n') {
          line(pending.toString(StandardCharsets.UTF_8), listener);
          pending.reset();
        } else if (pending.size() < LINE_BYTES_MAX) {
          pending.write(each);
        }
      }
      line(in);
    }
  }

  private static void line(String line, Listener listener) throws CommandFailure, IOException {
    if (line.startsWith("data: ")) listener.taker().take(line.substring("data: ".length()));
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int each = in.read(); each != '\n'; each = in.read()) {
      if (each < 0) throw new EOFException("the stream ended");
      if (each != '\r' && line.size() < LINE_BYTES_MAX) line.write(each);
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }
}
