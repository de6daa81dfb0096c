package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.testkit.Proc;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A real browser with one page, steered over the Chrome DevTools protocol. */
final class Browser implements AutoCloseable {
  static final Duration LIMIT = Duration.ofSeconds(60);

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Pattern PORT = Pattern.compile("ws://127\\.0\\.0\\.1:(\\d+)/");

  private final Proc process;
  private final HttpClient client = HttpClient.newHttpClient();
  private final AtomicInteger commands = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonNode>> asked = new ConcurrentHashMap<>();
  private final List<String> complaints = new CopyOnWriteArrayList<>();
  private final WebSocket socket;

  private Browser(Proc process) throws Exception {
    this.process = process;
    Matcher port = PORT.matcher(process.awaitLine("DevTools listening on", LIMIT));
    assertThat(port.find()).isTrue();
    URI list = URI.create("http://127.0.0.1:" + port.group(1) + "/json/list");
    String tabs = client.send(HttpRequest.newBuilder(list).build(), BodyHandlers.ofString()).body();
    String page = "";
    for (JsonNode tab : JSON.readTree(tabs)) {
      if (tab.get("type").stringValue().equals("page")) {
        page = tab.get("webSocketDebuggerUrl").stringValue();
      }
    }
    this.socket =
        client
            .newWebSocketBuilder()
            .buildAsync(URI.create(page), new Ear())
            .get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    for (String domain : List.of("Page", "Runtime", "Log")) ask(domain + ".enable", Map.of());
  }

  /** Starts it with an empty profile in that folder. */
  static Browser start(Path chromium, Path dir) throws Exception {
    Path home = Files.createDirectories(dir.resolve("browser"));
    Proc process =
        Proc.start(
            List.of(
                chromium.toString(),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--remote-debugging-port=0",
                "--user-data-dir=" + home,
                "about:blank"),
            dir,
            Map.of("HOME", home.toString()));
    try {
      return new Browser(process);
    } catch (Exception failure) {
      process.close();
      throw failure;
    }
  }

  /** Errors of the console, violations of the page's policy among them, and uncaught exceptions. */
  List<String> complaints() {
    return complaints;
  }

  void open(String url) throws Exception {
    ask("Page.navigate", Map.of("url", url));
  }

  void size(int width, int height) throws Exception {
    ask(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
  }

  /** Asks pages for as little motion as possible, so that colours do not change by and by. */
  void still() throws Exception {
    ask(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-reduced-motion", "value", "reduce"))));
  }

  /** Pulls the plug, or puts it in again. */
  void offline(boolean out) throws Exception {
    ask("Network.enable", Map.of());
    ask(
        "Network.emulateNetworkConditions",
        Map.of("offline", out, "latency", 0, "downloadThroughput", -1, "uploadThroughput", -1));
  }

  /** A key as a person presses it. */
  void press(String key) throws Exception {
    int code = key.equals("Enter") ? 13 : key.equals("Tab") ? 9 : 0;
    String text = key.equals("Enter") ? "\r" : "";
    for (String type : List.of("keyDown", "keyUp")) {
      ask(
          "Input.dispatchKeyEvent",
          Map.of(
              "type", type, "key", key, "code", key, "windowsVirtualKeyCode", code, "text", text));
    }
  }

  void type(String text) throws Exception {
    ask("Input.insertText", Map.of("text", text));
  }

  /** What an expression gives, promises awaited. */
  JsonNode js(String expression) throws Exception {
    JsonNode answer =
        ask(
            "Runtime.evaluate",
            Map.of("expression", expression, "awaitPromise", true, "returnByValue", true));
    assertThat(answer.has("exceptionDetails")).as(expression + ": " + answer).isFalse();
    return answer.get("result").path("value");
  }

  /** Waits until an expression is true. */
  void until(String expression) {
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () -> assertThat(js(expression).asBoolean(false)).as(seen(expression)).isTrue());
  }

  private String seen(String expression) throws Exception {
    return expression + " in: " + js("document.body.innerText").asString("") + " " + complaints;
  }

  /** Waits until the page shows a text. */
  void shows(String text) {
    until("document.body.innerText.includes(" + JSON.writeValueAsString(text) + ")");
  }

  /** Waits for an element, then presses it as a click would. */
  void click(String selector) throws Exception {
    String quoted = JSON.writeValueAsString(selector);
    until("document.querySelector(" + quoted + ") !== null");
    js("document.querySelector(" + quoted + ").click()");
  }

  void focus(String selector) throws Exception {
    String quoted = JSON.writeValueAsString(selector);
    until("document.querySelector(" + quoted + ") !== null");
    js("document.querySelector(" + quoted + ").focus()");
  }

  private JsonNode ask(String method, Map<String, Object> params) throws Exception {
    int id = commands.incrementAndGet();
    ObjectNode command = JSON.createObjectNode().put("id", id).put("method", method);
    command.set("params", JSON.valueToTree(params));
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    asked.put(id, answer);
    socket.sendText(JSON.writeValueAsString(command), true).join();
    JsonNode found = answer.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    assertThat(found.has("error")).as(method + ": " + found).isFalse();
    return found.get("result");
  }

  private void told(JsonNode message) {
    if (message.has("id")) {
      CompletableFuture<JsonNode> waiting = asked.remove(message.get("id").intValue());
      if (waiting != null) waiting.complete(message);
      return;
    }
    switch (message.get("method").stringValue()) {
      case "Runtime.exceptionThrown" -> complaints.add(message.get("params").toString());
      case "Log.entryAdded" -> {
        JsonNode entry = message.get("params").get("entry");
        if (entry.get("level").stringValue().equals("error")) complaints.add(entry.toString());
      }
      case "Runtime.consoleAPICalled" -> {
        if (message.get("params").get("type").stringValue().matches("error|warning")) {
          complaints.add(message.get("params").get("args").toString());
        }
      }
      default -> {
        // Loading, navigating: nothing to complain of.
      }
    }
  }

  private final class Ear implements WebSocket.Listener {
    private final StringBuilder parts = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      parts.append(data);
      if (last) {
        JsonNode message = JSON.readTree(parts.toString());
        parts.setLength(0);
        told(message);
      }
      from.request(1);
      return CompletableFuture.completedFuture(null);
    }
  }

  @Override
  public void close() {
    socket.abort();
    client.close();
    process.close();
  }
}
