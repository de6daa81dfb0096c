package io.fairlead.registry.evm;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An endpoint that is asked by one HTTP request a call. */
record HttpEndpoint(String alias, String url, HttpClient client) implements ChainEndpoint {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @Override
  public CompletionStage<JsonNode> call(String method, String params, Duration timeout) {
    String body =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" + method + "\",\"params\":" + params + "}";
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url))
            .timeout(timeout.plusMillis(1))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    return client
        .sendAsync(request, HttpResponse.BodyHandlers.ofByteArray())
        .handle(
            (response, failure) -> {
              if (failure != null) {
                throw new CompletionException(
                    new ChainException(ChainException.Kind.UNREACHABLE, "no connection"));
              }
              return result(JSON.readTree(response.body()));
            });
  }

  private static JsonNode result(JsonNode answer) {
    if (!answer.has("error")) return answer.path("result");
    throw new CompletionException(
        new ChainException(
            ChainException.Kind.REFUSED,
            answer.path("error").path("message").asString(""),
            answer.path("error").path("code").asInt(0)));
  }

  /** An endpoint whose answers another one gives, unless the test has an answer of its own. */
  static final class Lying implements ChainEndpoint {
    /** The answer to a call; null for the honest one. */
    @FunctionalInterface
    interface Lie {
      @org.jspecify.annotations.Nullable
      CompletionStage<JsonNode> answer(String method, String params);
    }

    private final String alias;
    private final ChainEndpoint honest;
    private volatile Lie lie = (_, _) -> null;

    Lying(String alias, ChainEndpoint honest) {
      this.alias = alias;
      this.honest = honest;
    }

    void lies(Lie next) {
      lie = next;
    }

    /** Answers such calls with this JSON. */
    static Lie to(String method, String within, String json) {
      return (asked, params) ->
          asked.equals(method) && params.contains(within)
              ? CompletableFuture.completedStage(JSON.readTree(json))
              : null;
    }

    @Override
    public String alias() {
      return alias;
    }

    @Override
    public CompletionStage<JsonNode> call(String method, String params, Duration timeout) {
      CompletionStage<JsonNode> own = lie.answer(method, params);
      return own == null ? honest.call(method, params, timeout) : own;
    }
  }
}
