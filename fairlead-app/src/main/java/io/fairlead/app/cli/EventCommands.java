package io.fairlead.app.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code events}: follows the gateway's event stream until one of the two ends. */
final class EventCommands {
  private static final int LINE_BYTES_MAX = 1024 * 1024;

  private final Product product;

  EventCommands(Product product) {
    this.product = product;
  }

  int follow(Call call) throws CommandFailure, IOException {
    List<String> query = new ArrayList<>();
    call.value("--type").ifPresent(kind -> query.add("type=" + encoded(kind)));
    if (call.duration("--since").isPresent()) {
      query.add("since=" + encoded(call.value("--since").orElse("")));
    }
    String target = query.isEmpty() ? "/v1/events" : "/v1/events?" + String.join("&", query);
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
        return read(call, endpoint, channel, target, token);
      }
    }
    throw new CommandFailure(
        Exit.UNAVAILABLE,
        "unreachable",
        "no running gateway found",
        "tried " + String.join("; ", failures));
  }

  private static int read(
      Call call,
      ControlEndpoint endpoint,
      SocketChannel channel,
      String target,
      Optional<String> token)
      throws CommandFailure, IOException {
    StringBuilder head = new StringBuilder("GET ").append(target).append(" HTTP/1.1\r\nHost: ");
    head.append(endpoint.host()).append("\r\nAccept: text/event-stream\r\n");
    token.ifPresent(each -> head.append("Authorization: Bearer ").append(each).append("\r\n"));
    channel.write(ByteBuffer.wrap((head + "\r\n").getBytes(StandardCharsets.ISO_8859_1)));
    InputStream in = new BufferedInputStream(Channels.newInputStream(channel));
    String status = line(in);
    Map<String, String> fields = new java.util.HashMap<>();
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
      chunks(call, in);
    } catch (EOFException | SocketException ended) {
      // The gateway stopped, which is the end of what there is to tell.
    }
    throw new CommandFailure(Exit.UNAVAILABLE, "ended", "the gateway ended the stream", "");
  }

  /** RFC 9112 §7.1; lines of the stream may lie across chunks. */
  private static void chunks(Call call, InputStream in) throws CommandFailure, IOException {
    ByteArrayOutputStream pending = new ByteArrayOutputStream();
    while (true) {
      int size = Integer.parseInt(line(in).replaceFirst(";.*", "").strip(), 16);
      if (size == 0) return;
      for (byte each : in.readNBytes(size)) {
        if (each == '\n') {
          event(call, pending.toString(StandardCharsets.UTF_8));
          pending.reset();
        } else if (pending.size() < LINE_BYTES_MAX) {
          pending.write(each);
        }
      }
      line(in);
    }
  }

  private static void event(Call call, String line) throws CommandFailure {
    if (!line.startsWith("data: ")) return;
    String data = line.substring("data: ".length());
    if (call.json()) {
      call.terminal().data(data);
      return;
    }
    Map<String, @Nullable Object> event = Json.object(data).orElse(Map.of());
    StringBuilder text = new StringBuilder(Json.text(event, "at").orElse(""));
    text.append("  ").append(Json.text(event, "kind").orElse("missed"));
    event.forEach(
        (key, value) -> {
          if (!key.equals("at") && !key.equals("kind")) {
            text.append("  ").append(key).append('=').append(value);
          }
        });
    call.terminal().data(text.toString());
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int each = in.read(); each != '\n'; each = in.read()) {
      if (each < 0) throw new EOFException("the stream ended");
      if (each != '\r' && line.size() < LINE_BYTES_MAX) line.write(each);
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
