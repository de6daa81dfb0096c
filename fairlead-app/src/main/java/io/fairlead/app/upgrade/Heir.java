package io.fairlead.app.upgrade;

import io.fairlead.app.upgrade.HeirMachine.Effect;
import io.fairlead.app.upgrade.HeirMachine.Input;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.lifecycle.StartException.Reason;
import io.fairlead.core.time.Clock;
import io.fairlead.net.listen.InheritedSockets;
import io.fairlead.net.listen.PassedSocket;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.SocketDescriptors;
import io.fairlead.net.loop.TransportKind;
import io.fairlead.net.pass.Heard;
import io.fairlead.net.pass.PassingLine;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the gateway over from a running process: drives {@link HeirMachine}. All methods belong to
 * one thread.
 */
public final class Heir implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Heir.class);
  private static final int INPUTS_MAX = 70_000; // a descriptor for each socket of a manifest
  private static final Duration TICK = Duration.ofMillis(200);
  private static final Duration MANIFEST_MAX = Duration.ofSeconds(30);

  /** What the new process does when its turn comes. */
  public interface Work {
    /** Names of what must change hands before it is opened, in the order it is to be opened. */
    List<String> stores();

    /** Number of the configuration that runs here. */
    long generation();

    /** The old process has released it: opens it and accepts on its listeners. */
    void open(String store) throws StartException, InterruptedException;

    /** The old process is out: what was inherited is ours alone. */
    void settle();
  }

  private final Clock clock;
  private final EventLoops loops;
  private final PassingLine line;
  private final HeirMachine machine;
  private final BlockingQueue<Input> inputs = new LinkedBlockingQueue<>(INPUTS_MAX);
  private final BlockingQueue<Integer> descriptors = new LinkedBlockingQueue<>(INPUTS_MAX);
  private final Queue<Input> own = new ArrayDeque<>();
  private @Nullable Work work;
  private Optional<Inheritance> inheritance = Optional.empty();
  private boolean closed;

  private Heir(Path socket, EventLoops loops, Clock clock) throws IOException {
    this.clock = clock;
    this.loops = loops;
    this.machine = new HeirMachine(clock.nanos() + MANIFEST_MAX.toNanos());
    this.line = PassingLine.connect(loops, socket, this::hear);
  }

  /**
   * Knocks at the offer.
   *
   * @throws StartException nobody offers there, or this machine cannot take descriptors
   */
  public static Heir connect(Path socket, Clock clock) throws StartException {
    EventLoops loops = EventLoops.create(1, TransportKind.EPOLL, "upgrade", clock);
    try {
      if (!loops.passesDescriptors()) {
        throw new IOException("sockets can be taken over with transport epoll only");
      }
      return new Heir(socket, loops, clock);
    } catch (IOException failure) {
      loops.close();
      throw new StartException(
          Reason.OTHER, "upgrade: no offer at " + failure.getMessage(), failure);
    }
  }

  /**
   * Tells that the configuration is valid and waits for what the old process gives.
   *
   * @throws StartException it gives nothing
   */
  public Inheritance meet(String version, String configHash)
      throws StartException, InterruptedException {
    feed(
        new Input.Compiled(
            new UpgradeMessage.Hello(
                UpgradeMessage.PROTOCOL, version, configHash, ProcessHandle.current().pid())));
    while (inheritance.isEmpty()) step();
    return inheritance.get();
  }

  /**
   * Everything else is started and accepts: opens store after store as the old process releases
   * them, and returns when the old process is out.
   *
   * @throws StartException the hand-over failed; the old process goes on
   */
  public void conclude(Work toDo) throws StartException, InterruptedException {
    work = toDo;
    feed(new Input.Adopted(toDo.stores(), toDo.generation()));
    while (!(machine.state() instanceof HeirMachine.State.Running)) step();
  }

  /** Hangs up; descriptors nobody took are closed. */
  @Override
  public void close() {
    if (closed) return;
    closed = true;
    line.close();
    loops.close();
    for (Integer number = descriptors.poll(); number != null; number = descriptors.poll()) {
      SocketDescriptors.close(number);
    }
    inheritance.ifPresent(left -> left.sockets().closeRest());
  }

  private void step() throws StartException, InterruptedException {
    Input input = inputs.poll(TICK.toMillis(), TimeUnit.MILLISECONDS);
    feed(input == null ? new Input.Tick() : input);
  }

  private void feed(Input first) throws StartException, InterruptedException {
    own.add(first);
    for (Input input = own.poll(); input != null; input = own.poll()) {
      List<Effect> wanted = new ArrayList<>();
      machine.accept(input, clock.nanos(), wanted::add);
      for (Effect effect : wanted) perform(effect);
    }
  }

  private void perform(Effect effect) throws StartException, InterruptedException {
    switch (effect) {
      case Effect.Say(UpgradeMessage message) -> line.send(UpgradeCodec.encode(message));
      case Effect.Adopt(UpgradeMessage.Manifest manifest) -> adopt(manifest);
      case Effect.Open(String store) -> {
        work().open(store);
        log.atInfo().addKeyValue("store", store).log("store taken over");
        own.add(new Input.Opened(store));
      }
      case Effect.Settle _ -> {
        work().settle();
        line.send(UpgradeCodec.encode(new UpgradeMessage.Settled()));
        log.atInfo().addKeyValue("generation", work().generation()).log("took over");
      }
      case Effect.GiveUp(String reason) ->
          throw new StartException(Reason.OTHER, "upgrade: " + reason);
    }
  }

  private void adopt(UpgradeMessage.Manifest manifest) {
    List<PassedSocket> sockets = new ArrayList<>();
    for (String name : manifest.sockets()) {
      sockets.add(new PassedSocket(name, descriptors.remove()));
    }
    log.atInfo()
        .addKeyValue("sockets", sockets.size())
        .addKeyValue("stores", manifest.stores())
        .addKeyValue("old_generation", manifest.generation())
        .log("sockets received from the running gateway");
    inheritance =
        Optional.of(
            new Inheritance(
                new InheritedSockets(sockets), manifest.generation(), manifest.configHash()));
  }

  private Work work() {
    if (work == null) throw new IllegalStateException("nothing to do yet");
    return work;
  }

  private void hear(Heard heard) {
    switch (heard) {
      case Heard.Words(byte[] frame) -> {
        try {
          put(new Input.Spoke(UpgradeCodec.decode(frame)));
        } catch (IOException foreign) {
          put(new Input.PeerGone());
        }
      }
      case Heard.Descriptor(int number) -> {
        if (descriptors.offer(number)) put(new Input.DescriptorCame());
        else SocketDescriptors.close(number);
      }
      case Heard.Gone _ -> put(new Input.PeerGone());
    }
  }

  private void put(Input input) {
    if (!inputs.offer(input)) log.atDebug().log("upgrade inbox full, message dropped");
  }
}
