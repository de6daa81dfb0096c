package io.fairlead.tunnel.agent.netty;

import io.fairlead.net.http2.StreamLink;
import io.fairlead.tunnel.carrier.netty.CarrierTls;
import io.fairlead.tunnel.carrier.netty.ControlStream;
import io.fairlead.tunnel.codec.ControlMessage;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection to the server. Confined to its event loop; its events are tasks of the driver's.
 *
 * <pre>
 * dialling  --secured-->        waiting   (the server opens the control stream)
 * waiting   --hello-->          proving   (auth)
 * proving   --ack-->            ready     (streams of users are served)
 * proving   --error-->          refused   (the server ends it)
 * ready     --drain, goaway-->  leaving   (ends with its last stream)
 * any       --gone, late-->     over
 * </pre>
 */
final class AgentCarrier implements StreamLink.Events, ControlStream.Events {
  private static final long LOGIN_SECONDS = 15;
  private static final int EARLY_MAX = 256;

  /** What its driver hears. */
  sealed interface Event {
    AgentCarrier carrier();

    record Ready(AgentCarrier carrier) implements Event {}

    record Said(AgentCarrier carrier, ControlMessage message) implements Event {}

    record Leaving(AgentCarrier carrier) implements Event {}

    record Ended(AgentCarrier carrier, String why) implements Event {}
  }

  private final AgentSettings settings;
  private final ServerAddress server;
  private final String run;
  private final CarrierDials dials;
  private final LocalServices services;
  private final Consumer<Event> driver;
  private final EventLoop home;
  private final EventLoop loop;
  private @Nullable Channel channel;
  private volatile @Nullable StreamLink link;
  private volatile @Nullable ControlStream control;
  private @Nullable Future<?> loginTimer;
  private final List<StreamLink.Asked> early = new ArrayList<>();
  private boolean proving;
  private boolean ready;
  private boolean over;
  private boolean leaveWanted;

  AgentCarrier(
      AgentSettings settings,
      ServerAddress server,
      String run,
      CarrierDials dials,
      LocalServices services,
      Consumer<Event> driver) {
    this.settings = settings;
    this.server = server;
    this.run = run;
    this.dials = dials;
    this.services = services;
    this.loop = dials.loop();
    this.home = services.home();
    this.driver = driver;
  }

  String server() {
    return server.toString();
  }

  /** Any thread. */
  long rttNanos() {
    StreamLink there = link;
    return there == null ? 0 : there.rttNanos();
  }

  /** Any thread. */
  void begin() {
    loop.execute(
        () -> {
          loginTimer = loop.schedule(() -> end("login_timeout"), LOGIN_SECONDS, TimeUnit.SECONDS);
          var _ =
              dials
                  .dial(loop, settings, server, CarrierTls.AGENT)
                  .whenComplete(
                      (secured, failure) -> {
                        if (secured == null) end("dial: " + text(failure));
                        else secured(secured);
                      });
        });
  }

  private static String text(@Nullable Throwable failure) {
    Throwable cause = failure;
    while (cause != null && cause.getCause() != null) cause = cause.getCause();
    return cause == null ? "failed" : String.valueOf(cause.getMessage());
  }

  /** Any thread. */
  void say(ControlMessage message) {
    ControlStream there = control;
    if (there != null) there.send(message);
  }

  /** Ends with its last stream; any thread. */
  void leave() {
    loop.execute(
        () -> {
          leaveWanted = true;
          StreamLink there = link;
          if (there == null) end("left");
          else there.leave();
        });
  }

  /** Any thread. */
  void cut() {
    loop.execute(() -> end("closed"));
  }

  private void secured(Channel secured) {
    if (over) {
      secured.close();
      return;
    }
    channel = secured;
    link = dials.links().begin(secured, false, dials.link(), this);
    if (leaveWanted) end("left");
  }

  private void tell(Event event) {
    try {
      home.execute(() -> driver.accept(event));
    } catch (RejectedExecutionException _) {
      // The process ends, and the driver's loop did before ours.
    }
  }

  private void end(String why) {
    if (over) return;
    over = true;
    if (ready) services.left(loop);
    if (loginTimer != null) loginTimer.cancel(false);
    if (channel != null) channel.close();
    tell(new Event.Ended(this, why));
  }

  // ---- the link ---------------------------------------------------------------------------

  @Override
  public void ready(StreamLink begun) {}

  @Override
  public void asked(StreamLink.Asked stream) {
    if (control == null) {
      boolean fits = stream.request().path().equals(Optional.of(ControlStream.PATH));
      if (fits) control = ControlStream.on(stream.accept(), this);
      else stream.refuse(401, "no_control_stream");
      return;
    }
    if (!ready) {
      // Behind the proof: the server has let us in, and its word for that may come behind these.
      if (proving && early.size() < EARLY_MAX) early.add(stream);
      else stream.refuse(401, "not_ready");
      return;
    }
    services.serve(stream, loop);
  }

  @Override
  public void leaving() {
    tell(new Event.Leaving(this));
  }

  @Override
  public void ended() {
    end("lost");
  }

  // ---- the control stream -----------------------------------------------------------------

  @Override
  public void said(ControlMessage message) {
    if (ready) {
      tell(new Event.Said(this, message));
      return;
    }
    switch (message) {
      case ControlMessage.Hello hello when !proving -> {
        proving = true;
        Channel secured = channel;
        if (secured == null) return;
        say(
            server instanceof ServerAddress.Peer
                ? settings.known(run)
                : settings.answer(hello, CarrierTls.exporter(secured, settings.bound()), run));
      }
      case ControlMessage.Ack _ when proving -> {
        ready = true;
        services.arrived(loop);
        for (StreamLink.Asked each : early) services.serve(each, loop);
        early.clear();
        if (loginTimer != null) loginTimer.cancel(false);
        tell(new Event.Ready(this));
      }
      case ControlMessage.Refusal refusal -> {
        tell(new Event.Said(this, refusal));
        end("refused: " + refusal.code());
      }
      default -> end("malformed");
    }
  }

  @Override
  public void over(String reason) {
    end("control " + reason);
  }
}
