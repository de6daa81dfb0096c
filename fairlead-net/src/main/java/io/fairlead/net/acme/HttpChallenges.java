package io.fairlead.net.acme;

import io.fairlead.net.http.Answer;
import io.fairlead.net.http.HttpEdge;
import io.fairlead.net.http.HttpSettings;
import io.fairlead.net.http.RequestHandler;
import io.fairlead.net.http.RequestHead;
import io.fairlead.net.http.ServerExchange;
import io.fairlead.net.live.LiveConnection;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Proofs that are asked for by plain requests (RFC 8555 §8.3), while an order is under way.
 * Thread-safe; holds as many as the order has hosts.
 */
public final class HttpChallenges {
  private static final String PREFIX = "/.well-known/acme-challenge/";

  private static final String TYPE = "application/octet-stream"; // RFC 8555 §8.3

  private final Map<String, String> answers = new ConcurrentHashMap<>();

  void put(String token, String answer) {
    answers.put(token, answer);
  }

  void remove(String token) {
    answers.remove(token);
  }

  /** An edge that answers these requests itself and leaves the rest to {@code edge}'s handlers. */
  public HttpEdge on(HttpEdge edge) {
    return (Channel channel,
        LiveConnection connection,
        HttpSettings settings,
        RequestHandler handler,
        ByteBuf already) ->
        edge.attach(
            channel,
            connection,
            settings,
            handler.behind(exchange -> answer(exchange, handler)),
            already);
  }

  private void answer(ServerExchange exchange, RequestHandler handler) {
    if (!answers.isEmpty()) {
      RequestHead head = exchange.head();
      if (head.form() == RequestHead.TargetForm.ORIGIN && head.target().startsWith(PREFIX)) {
        String answer = answers.get(head.target().substring(PREFIX.length()));
        if (answer != null) {
          exchange.respond(Answer.of(200, TYPE, answer.getBytes(StandardCharsets.US_ASCII)));
          return;
        }
      }
    }
    handler.handle(exchange);
  }
}
