package io.fairlead.http.echo;

import io.fairlead.net.http.Answer;
import io.fairlead.net.http.BodyLength;
import io.fairlead.net.http.BodyReceiver;
import io.fairlead.net.http.FieldEdits;
import io.fairlead.net.http.Fields;
import io.fairlead.net.http.RequestHandler;
import io.fairlead.net.http.RequestHead;
import io.fairlead.net.http.ServerExchange;
import io.netty.buffer.ByteBuf;

/**
 * Answers any request with 200: one without a body by its description, one with a body by that
 * body, streamed; an upgrade to websocket by the same frames. Stateless.
 */
final class EchoHandler implements RequestHandler {
  @Override
  public void handle(ServerExchange exchange) {
    RequestHead head = exchange.head();
    if (head.upgradesToWebSocket()) {
      WebSocketEcho.accept(exchange);
    } else if (head.body() instanceof BodyLength.None || head.method().equals("HEAD")) {
      exchange.respond(Answer.json(200, describe(exchange)));
    } else {
      new BodyEcho(exchange).start();
    }
  }

  private static String describe(ServerExchange exchange) {
    RequestHead head = exchange.head();
    StringBuilder json = new StringBuilder(512).append("{\"method\":");
    quote(head.method(), json);
    json.append(",\"path\":");
    quote(head.pathAndQuery(), json);
    json.append(",\"authority\":");
    quote(head.authority(), json);
    json.append(",\"remote\":");
    quote(String.valueOf(exchange.connection().remote()), json);
    json.append(",\"headers\":[");
    Fields fields = head.fields();
    for (int i = 0; i < fields.size(); i++) {
      json.append(i == 0 ? "[" : ",[");
      quote(fields.name(i), json);
      json.append(',');
      quote(fields.value(i), json);
      json.append(']');
    }
    return json.append("]}\n").toString();
  }

  /** RFC 8259 §7. */
  static void quote(String text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        default -> {
          if (c < ' ' || c >= 0x7f) {
            out.append(String.format("\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  /** Sends a body back while it arrives; stops reading while the client does not read. */
  private static final class BodyEcho implements BodyReceiver {
    private final ServerExchange exchange;

    BodyEcho(ServerExchange exchange) {
      this.exchange = exchange;
    }

    void start() {
      FieldEdits edits = new FieldEdits();
      String type =
          exchange.head().fields().first("content-type").orElse("application/octet-stream");
      edits.add("Content-Type", type).add("X-Content-Type-Options", "nosniff");
      exchange.onWritable(exchange::resumeBody);
      exchange.respond(200, edits, exchange.head().body());
      exchange.readBody(this);
    }

    @Override
    public void onData(ByteBuf data) {
      exchange.write(data);
      if (!exchange.writable()) {
        exchange.pauseBody();
        exchange.flush();
      }
    }

    @Override
    public void onEnd() {
      exchange.finish();
    }

    @Override
    public void onFailed(int status, String code) {
      exchange.abort();
    }
  }
}
