package io.fairlead.mqtt.session;

import io.fairlead.mqtt.codec.MqttLimit;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.session.BrokerMeters.Drop;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One client's order while an answer about something it sent is due.
 *
 * <pre>
 * calm     --question-->             awaiting  (the client is not read)
 * awaiting --packet that was read--> awaiting  (it stands in line)
 * awaiting --answer-->               calm      (it is acted upon, then the line; the client is read)
 * awaiting --good-bye, loss-->       leaving   (after the line, or when its time is over)
 * any      --ended by the broker-->  calm      (answer and line are forgotten)
 * </pre>
 *
 * Home thread only.
 */
final class Patience {
  /** Packets in line beyond which messages that may be lost are. */
  static final int LINE_MAX = 10_000;

  /** How long the end of a connection waits for what came before it. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  private final SessionHost host;
  private final Line<Runnable> line = new Line<>();
  private @Nullable Object due; // the answer, while there is one
  private @Nullable Runnable end;

  Patience(SessionHost host) {
    this.host = host;
  }

  /** Whether an answer is due. */
  boolean awaits() {
    return due != null;
  }

  /**
   * Goes on when the answer is there.
   *
   * @param then on the home thread; not called if the broker ends the connection before
   */
  <T> void await(Connection now, CompletableFuture<T> answer, Consumer<? super T> then) {
    Object token = new Object();
    due = token;
    host.meters().rejected(MqttLimit.AWAITED);
    now.reading().rest();
    var _ = // whoever answers is outside: the future does not fail
        answer.whenComplete(
            (said, failure) ->
                host.executor()
                    .execute(
                        () -> {
                          if (due != token) return;
                          due = null;
                          if (failure == null) then.accept(said);
                          goOn(now);
                        }));
  }

  /** A packet that was read already. */
  void standInLine(Packet packet, Runnable action) {
    boolean droppable = packet instanceof Packet.Publish publish && publish.qos() == 0;
    if (droppable && line.size() >= LINE_MAX) {
      host.meters().dropped(Drop.MEMORY);
      host.meters().rejected(MqttLimit.AWAITED);
      return;
    }
    line.add(action);
  }

  private void goOn(Connection now) {
    while (due == null) {
      Runnable next = line.poll();
      if (next == null) break;
      next.run();
    }
    if (due != null) return;
    line.shrink();
    if (end != null) hurry();
    else now.reading().goOn();
  }

  /** The connection is over on the client's side. */
  void leave(Runnable last) {
    if (end != null) return; // it said good-bye, and now the network is gone
    if (due == null) {
      last.run();
      return;
    }
    end = last;
    var _ = // does nothing once the end has come
        host.timers()
            .after(
                GRACE,
                () -> {
                  if (end == last) hurry();
                });
  }

  /** What the client's side has ended ends now. */
  void hurry() {
    Runnable last = end;
    if (last == null) return;
    forget();
    last.run();
  }

  /** Nobody waits for the answer any more. */
  void forget() {
    due = null;
    end = null;
    line.clear();
  }
}
