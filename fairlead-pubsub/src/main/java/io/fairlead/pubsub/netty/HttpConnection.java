package io.fairlead.pubsub.netty;

import io.fairlead.core.unit.Secret;
import io.fairlead.net.http.codec.ResponseScanner;
import io.fairlead.net.tls.ClientTls;
import io.fairlead.pubsub.ConnectionHandle;
import io.fairlead.pubsub.EndpointUrl;
import io.fairlead.pubsub.FrameSink;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.TerminalCause;
import io.fairlead.pubsub.codec.EnvelopeScanner;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A node behind HTTP as a connection that cannot push: each message is a POST of its own, on one of
 * at most four kept connections. A status that refuses everything ends it; one that refuses a
 * single message answers that message. On its event loop, but {@link #close}.
 */
final class HttpConnection implements ConnectionHandle, HttpLine.Owner {
  private static final int LINES_MAX = 4;

  private final Wiring wiring;
  private final EndpointUrl first;
  private final Redirects redirects = new Redirects();
  private EndpointUrl url; // where redirects led
  private Map<String, Secret> fields;
  private final Supplier<ClientTls> tls;
  private final CompletableFuture<ConnectionHandle> ready = new CompletableFuture<>();
  private final CompletableFuture<TerminalCause> terminated = new CompletableFuture<>();
  private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>(); // bounded by the service
  private final Map<HttpLine, ByteBuf> busy = new HashMap<>();
  private final List<HttpLine> lines = new ArrayList<>();
  private final ArrayDeque<HttpLine> free = new ArrayDeque<>();
  private @Nullable FrameSink sink;
  private int opening;
  private long pending;
  private volatile long received;

  HttpConnection(
      Wiring wiring, EndpointUrl url, Map<String, Secret> fields, Supplier<ClientTls> tls) {
    this.wiring = wiring;
    this.first = url;
    this.url = url;
    this.fields = fields;
    this.tls = tls;
  }

  /** Completes when a first connection stands. */
  CompletionStage<ConnectionHandle> start() {
    wiring.loop().execute(this::open);
    return ready;
  }

  private void open() {
    opening++;
    HttpLine line = new HttpLine(url, wiring.bounds().messageBytes(), this);
    Supplier<ChannelHandler> handler =
        () ->
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                SecureStart.add(channel, url, tls, wiring.connectTimeout().toMillis());
                channel.pipeline().addLast(line);
              }
            };
    SocketDial.tcp(wiring, url.host(), url.port(), handler)
        .whenComplete(
            (_, failure) -> {
              if (failure != null)
                wiring.loop().execute(() -> ended(line, Failures.cause(failure)));
            });
  }

  @Override
  public void ready(HttpLine line) {
    opening--;
    if (terminated.isDone()) {
      line.close();
      return;
    }
    lines.add(line);
    free.add(line);
    ready.complete(this);
    next();
  }

  @Override
  public void send(ByteBuf utf8) {
    if (terminated.isDone()) {
      utf8.release();
      return;
    }
    pending += utf8.readableBytes();
    waiting.add(utf8);
    next();
  }

  private void next() {
    while (!waiting.isEmpty()) {
      HttpLine line = free.poll();
      if (line == null) {
        if (opening == 0 && lines.size() < LINES_MAX) open();
        return;
      }
      ByteBuf message = waiting.remove();
      pending -= message.readableBytes();
      busy.put(line, message);
      line.post(message, fields);
    }
  }

  @Override
  public void answered(HttpLine line, ResponseScanner head, ByteBuf body) {
    received += 1 + body.readableBytes();
    ByteBuf question = busy.remove(line);
    if (question == null) return;
    if (Redirects.asks(head.status())) {
      redirected(line, head, question);
      return;
    }
    try {
      boolean kept = head.keepAlive() && !head.untilClose();
      if (kept && line.url().equals(url)) free.add(line);
      else line.close();
      redirects.arrived();
      FrameSink to = sink;
      if (to == null) return;
      if (head.status() / 100 == 2 || json(body)) {
        to.frame(body);
      } else {
        TerminalCause cause = UpgradeCheck.cause(head);
        if (cause.kind() == TerminalCause.Kind.FRAME_TOO_LARGE) refuse(question, cause, to);
        else end(cause);
      }
    } finally {
      question.release();
    }
    next();
  }

  /** The message goes again, to where the answer says; what comes after it goes there at once. */
  private void redirected(HttpLine line, ResponseScanner head, ByteBuf question) {
    waiting.addFirst(question);
    pending += question.readableBytes();
    line.close();
    if (line.url().equals(url)) {
      Optional<EndpointUrl> next = redirects.next(url, head);
      if (next.isEmpty()) {
        end(UpgradeCheck.cause(head));
        return;
      }
      url = next.get();
      // Once it was elsewhere, what is secret stays here: whoever is there may lead back.
      if (!Redirects.sameOrigin(first, url)) fields = Map.of();
      for (HttpLine each : List.copyOf(free)) each.close();
      free.clear();
    }
    next();
  }

  private static boolean json(ByteBuf body) {
    byte[] bytes = ByteBufUtil.getBytes(body);
    EnvelopeScanner scanner = new EnvelopeScanner();
    return scanner.scan(bytes, 0, bytes.length) == EnvelopeScanner.Kind.RESPONSE;
  }

  /** Says of one message alone that it was refused. */
  private static void refuse(ByteBuf question, TerminalCause cause, FrameSink to) {
    byte[] bytes = ByteBufUtil.getBytes(question);
    EnvelopeScanner scanner = new EnvelopeScanner();
    scanner.scan(bytes, 0, bytes.length);
    String answer =
        "{\"id\":"
            + scanner.id()
            + ",\"error\":{\"code\":-32005,\"message\":\"too large: "
            + cause.detail()
            + "\"}}";
    to.frame(Unpooled.wrappedBuffer(answer.getBytes(StandardCharsets.UTF_8)));
  }

  @Override
  public void ended(HttpLine line, TerminalCause cause) {
    boolean open = lines.remove(line);
    if (!open) opening--;
    free.remove(line);
    ByteBuf question = busy.remove(line);
    if (question != null) question.release();
    if (question != null || !open) end(cause);
    else next(); // there is room for another line
  }

  private void end(TerminalCause cause) {
    if (!ready.isDone())
      ready.completeExceptionally(
          cause.retryable()
              ? new PubSubException.TransportError(cause, false)
              : new PubSubException.NonRetryable(cause));
    if (terminated.isDone()) return;
    for (ByteBuf each : waiting) each.release();
    waiting.clear();
    for (HttpLine each : List.copyOf(lines)) each.close();
    terminated.complete(cause);
  }

  @Override
  public void onFrame(FrameSink next) {
    sink = next;
  }

  @Override
  public CompletionStage<TerminalCause> terminated() {
    return terminated;
  }

  @Override
  public long pendingBytes() {
    return pending;
  }

  @Override
  public long receivedBytes() {
    return received;
  }

  @Override
  public boolean push() {
    return false;
  }

  @Override
  public void close() {
    close(TerminalCause.of(TerminalCause.Kind.CLOSED, ""));
  }

  @Override
  public void close(TerminalCause why) {
    wiring.loop().execute(() -> end(why));
  }
}
