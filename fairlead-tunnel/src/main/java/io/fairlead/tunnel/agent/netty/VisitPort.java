package io.fairlead.tunnel.agent.netty;

import io.fairlead.net.http2.LinkRequest;
import io.fairlead.net.http2.StreamLink;
import io.fairlead.net.listen.Face;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.splice.Crossing;
import io.fairlead.net.splice.Splice;
import io.fairlead.net.splice.SpliceSettings;
import io.fairlead.tunnel.carrier.netty.CarrierTls;
import io.fairlead.tunnel.carrier.netty.ControlStream;
import io.fairlead.tunnel.codec.ControlMessage;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A local port that leads to a private service of another agent. One connection to the server
 * carries all its users; it is made when the first one comes, and again when it was lost. Shared by
 * all event loops; the connection lives on one of them.
 */
public final class VisitPort implements Face {
  private static final long LOGIN_SECONDS = 15;
  private static final int WAITING_MAX = 64;

  private final AgentSettings settings;
  private final CarrierDials dials;
  private final String run;
  private final String service;
  private final String key;
  private final EventLoop home;
  private @Nullable Session session; // on home
  private int nextServer; // on home

  /**
   * @param service {@code AGENT/SERVICE}
   * @param key what the service asks for
   */
  public VisitPort(
      AgentSettings settings, CarrierDials dials, String run, String service, String key) {
    this.settings = settings;
    this.dials = dials;
    this.run = run;
    this.service = service;
    this.key = key;
    this.home = dials.loop();
  }

  @Override
  public void attach(Channel channel, LiveConnection connection) {
    connection.kind("tunnel_visit");
    connection.destination(service);
    CompletableFuture<Channel> result = new CompletableFuture<>();
    channel.closeFuture().addListener(_ -> result.cancel(false));
    home.execute(() -> open(channel.eventLoop(), result));
    var _ =
        result.whenComplete(
            (stream, _) -> {
              if (stream == null || !channel.isActive()) {
                if (stream != null) stream.close();
                channel.close();
                return;
              }
              var _ =
                  Splice.join(
                      channel,
                      stream,
                      Unpooled.EMPTY_BUFFER,
                      Unpooled.EMPTY_BUFFER,
                      SpliceSettings.DEFAULTS,
                      (_, _, _) -> {});
            });
  }

  private void open(EventLoop loop, CompletableFuture<Channel> result) {
    var _ =
        link()
            .whenComplete(
                (link, _) -> {
                  if (link == null) {
                    fail(loop, result);
                    return;
                  }
                  LinkRequest request =
                      LinkRequest.connect(service, List.of(Map.entry("fl-key", key)));
                  var _ =
                      link.open(request)
                          .whenComplete(
                              (stream, _) -> {
                                if (stream == null) fail(loop, result);
                                else Crossing.deliver(stream, loop, result);
                              });
                });
  }

  private static void fail(EventLoop loop, CompletableFuture<Channel> result) {
    loop.execute(() -> result.completeExceptionally(new IOException("not reachable")));
  }

  /** The connection, made if there is none; on home. */
  private CompletableFuture<StreamLink> link() {
    Session there = session;
    StreamLink open = there != null && there.ready ? there.link : null;
    if (open != null) return CompletableFuture.completedFuture(open);
    CompletableFuture<StreamLink> wanted = new CompletableFuture<>();
    if (there != null) {
      there.await(wanted);
      return wanted;
    }
    Session made = new Session();
    session = made;
    made.await(wanted);
    made.begin();
    return wanted;
  }

  /** Ends the connection; any thread. */
  public void close() {
    home.execute(
        () -> {
          Session there = session;
          if (there != null) there.end();
        });
  }

  /** One connection to the server. Confined to home. */
  private final class Session implements StreamLink.Events, ControlStream.Events {
    private final ServerAddress server =
        settings.servers().get(Math.floorMod(nextServer, settings.servers().size()));
    private final List<CompletableFuture<StreamLink>> waiting = new ArrayList<>();
    private @Nullable StreamLink link;
    private @Nullable ControlStream control;
    private @Nullable Channel channel;
    private @Nullable Future<?> timer;
    private boolean ready;
    private boolean over;

    /** Until it is ready, or over. */
    void await(CompletableFuture<StreamLink> wanted) {
      if (waiting.size() < WAITING_MAX) waiting.add(wanted);
      else wanted.completeExceptionally(new IOException("too many wait"));
    }

    void begin() {
      timer = home.schedule(this::end, LOGIN_SECONDS, TimeUnit.SECONDS);
      var _ =
          dials
              .dial(home, settings, server, CarrierTls.VISITOR)
              .whenComplete(
                  (secured, _) -> {
                    if (secured == null || over) {
                      nextServer++;
                      if (secured != null) secured.close();
                      end();
                      return;
                    }
                    channel = secured;
                    link = dials.links().begin(secured, true, dials.link(), this);
                  });
    }

    private void end() {
      if (over) return;
      over = true;
      if (timer != null) timer.cancel(false);
      if (session == this) session = null;
      if (channel != null) channel.close();
      List<CompletableFuture<StreamLink>> lost = List.copyOf(waiting);
      waiting.clear();
      lost.forEach(each -> each.completeExceptionally(new IOException("not reachable")));
    }

    @Override
    public void ready(StreamLink begun) {
      LinkRequest request =
          new LinkRequest(
              "POST", Optional.empty(), "server", Optional.of(ControlStream.PATH), List.of());
      var _ =
          begun
              .open(request)
              .whenComplete(
                  (stream, _) -> {
                    if (stream == null) end();
                    else control = ControlStream.on(stream, this);
                  });
    }

    @Override
    public void asked(StreamLink.Asked stream) {
      stream.refuse(501, "unasked");
    }

    @Override
    public void leaving() {
      if (session == this) session = null; // the next user makes another
      if (!ready) end(); // nobody is to wait for it
    }

    @Override
    public void ended() {
      end();
    }

    @Override
    public void said(ControlMessage message) {
      ControlStream there = control;
      Channel secured = channel;
      switch (message) {
        case ControlMessage.Hello hello when there != null && secured != null ->
            there.send(
                server instanceof ServerAddress.Peer
                    ? settings.known(run)
                    : settings.answer(hello, CarrierTls.exporter(secured, settings.bound()), run));
        case ControlMessage.Ack _ -> {
          StreamLink opened = link;
          if (opened == null) return;
          ready = true;
          if (timer != null) timer.cancel(false);
          List<CompletableFuture<StreamLink>> served = List.copyOf(waiting);
          waiting.clear();
          served.forEach(each -> each.complete(opened));
        }
        default -> end();
      }
    }

    @Override
    public void over(String reason) {
      end();
    }
  }
}
