package io.fairlead.app.pubsub;

import io.fairlead.core.time.Pause;
import io.fairlead.pubsub.EndReason;
import io.fairlead.pubsub.Head;
import io.fairlead.pubsub.HeadEvent;
import io.fairlead.pubsub.HeadOptions;
import io.fairlead.pubsub.Log;
import io.fairlead.pubsub.LogEvent;
import io.fairlead.pubsub.LogOptions;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.PubSubFrontend;
import io.fairlead.pubsub.ServiceState;
import io.fairlead.pubsub.Subscription;
import io.fairlead.pubsub.chain.SubscriptionConfig;
import io.fairlead.pubsub.log.FileCursorStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of one named subscription, on a thread of its own: takes its events, and hands a message of
 * each over. When the chain's service is replaced, or a message is refused, it subscribes anew and
 * goes on at the cursor; so nothing is lost, and after a refusal something may be told twice.
 *
 * <pre>
 * WAITING    --chain there-->         FOLLOWING
 * FOLLOWING  --ended, refused-->      WAITING, after a pause that grows
 * FOLLOWING  --gap given up-->        GIVEN_UP
 * any        --close-->               CLOSED
 * </pre>
 */
final class NamedFollow implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(NamedFollow.class);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration LAST_SAVE = Duration.ofSeconds(5);
  private static final Duration PAUSE_MIN = Duration.ofMillis(250);
  private static final Duration PAUSE_MAX = Duration.ofSeconds(30);

  /** What it is about. */
  record Subject(
      String chain, String name, SubscriptionConfig subscription, int qos, boolean retainHead) {}

  /**
   * Where it comes from and where it goes.
   *
   * @param cursors folder in which progress is kept
   */
  record Ways(
      Supplier<Optional<PubSubFrontend>> chain,
      Optional<Path> cursors,
      TopicOut out,
      Supplier<String> gateway,
      ChainTopicMeters meters) {}

  /** How it stands. */
  enum Phase {
    WAITING,
    FOLLOWING,
    GIVEN_UP,
    CLOSED
  }

  private final Subject subject;
  private final Ways ways;
  private final EventAbi abi;
  private final ChainPayloads payloads;
  private final ToldLogs told;
  private final Thread thread;
  private volatile Phase phase = Phase.WAITING;
  private volatile String trouble = "";
  private volatile String localId = "";
  private volatile long toldBlock = -1;
  private volatile long messages;
  private volatile PublishFence fence = new PublishFence(PATIENCE);
  private volatile boolean closing;

  NamedFollow(Subject subject, Ways ways) {
    this.subject = subject;
    this.ways = ways;
    this.abi = EventAbi.of(subject.subscription().events());
    this.payloads = new ChainPayloads(subject.chain(), ways.gateway(), abi);
    this.told = new ToldLogs(ways.cursors());
    this.thread =
        Thread.ofVirtual()
            .name("chain-" + subject.chain() + "-" + subject.name())
            .unstarted(this::run);
  }

  Subject subject() {
    return subject;
  }

  void start() {
    thread.start();
  }

  /** How it stands, for operators. */
  NamedReport report() {
    return new NamedReport(
        subject.name(),
        subject.subscription().kind().name().toLowerCase(Locale.ROOT),
        localId,
        phase.name().toLowerCase(Locale.ROOT),
        trouble,
        toldBlock,
        messages,
        fence.open());
  }

  private void run() {
    int failures = 0;
    try {
      told.load();
    } catch (IOException damaged) {
      trouble = String.valueOf(damaged.getMessage());
      log.atError().addKeyValue("reason", trouble).log("told logs are not known");
    }
    while (!closing && phase != Phase.GIVEN_UP) {
      long before = messages;
      try {
        Optional<PubSubFrontend> chain = ways.chain().get();
        if (chain.isPresent()) {
          try (PubSubFrontend node = chain.get()) {
            if (reached(node.state())) follow(node);
          }
        }
      } catch (InterruptedException stopped) {
        break;
      } catch (PubSubException | PublishFence.BrokenException failure) {
        failures = messages > before ? 1 : failures + 1;
        failed(failure, failures);
      }
      if (closing || phase == Phase.GIVEN_UP) break;
      phase = Phase.WAITING;
      try {
        Pause.system().sleep(pause(failures));
      } catch (InterruptedException stopped) {
        break;
      }
    }
    if (phase != Phase.GIVEN_UP) phase = Phase.CLOSED;
  }

  /** Before, it is not known which chain it is. */
  private static boolean reached(ServiceState state) {
    return switch (state) {
      case LIVE, RECOVERING, STALLED -> true;
      case CONNECTING, DISCONNECTED, FAILED, CLOSED -> false;
    };
  }

  private static Duration pause(int failures) {
    Duration grown = PAUSE_MIN.multipliedBy(1L << Math.min(failures, 10));
    return grown.compareTo(PAUSE_MAX) < 0 ? grown : PAUSE_MAX;
  }

  private void failed(Exception failure, int failures) {
    if (closing) return;
    trouble = String.valueOf(failure.getMessage());
    boolean over =
        failure instanceof PubSubException.SubscriptionEnded ended
            && ended.reason() instanceof EndReason.GapGivenUp;
    if (over) phase = Phase.GIVEN_UP;
    ways.meters().failed(subject.chain());
    // The first, then the second, fourth, eighth …
    if (!over && Integer.bitCount(failures) != 1) return;
    var line = over ? log.atError() : log.atWarn();
    line.addKeyValue("chain", subject.chain())
        .addKeyValue("subscription", subject.name())
        .addKeyValue("times", failures)
        .addKeyValue("reason", trouble)
        .log(over ? "chain subscription given up" : "chain subscription interrupted");
  }

  private void follow(PubSubFrontend node)
      throws InterruptedException, PublishFence.BrokenException {
    PublishFence now = new PublishFence(PATIENCE);
    fence = now;
    switch (subject.subscription().kind()) {
      case LOGS -> logs(node, now);
      case NEW_HEADS -> heads(node, now);
    }
  }

  private void logs(PubSubFrontend node, PublishFence now)
      throws InterruptedException, PublishFence.BrokenException {
    SubscriptionConfig wanted = subject.subscription();
    Optional<PublishFence.Cursors> cursors =
        ways.cursors().map(folder -> now.before(new FileCursorStore(folder), told));
    LogOptions options = wanted.options();
    if (cursors.isPresent()) options = options.cursor(cursors.get());
    try (Subscription<LogEvent> logs = node.logs(abi.narrow(wanted.filter()), options)) {
      following(logs);
      while (!closing) log(logs.recv(), now);
    } finally {
      if (phase == Phase.FOLLOWING && cursors.isPresent()) lastSave(now, cursors.get().finished());
    }
  }

  /** Waits until the cursor is where the consumer stands: the broker may go afterwards. */
  private void lastSave(PublishFence now, CompletableFuture<Void> saved) {
    boolean interrupted = Thread.interrupted();
    try {
      saved.get(LAST_SAVE.toMillis(), TimeUnit.MILLISECONDS);
      now.await();
      told.keep();
    } catch (InterruptedException again) {
      interrupted = true;
    } catch (ExecutionException | TimeoutException | PublishFence.BrokenException late) {
      log.atDebug().log("last cursor is late"); // what was told since comes again
    } catch (IOException failure) {
      log.atWarn().addKeyValue("reason", failure.getMessage()).log("told logs not saved");
    }
    if (interrupted) Thread.currentThread().interrupt();
  }

  private void following(Subscription<?> subscription) {
    localId = subscription.localId().toQuantity();
    phase = Phase.FOLLOWING;
    trouble = "";
  }

  private void log(LogEvent event, PublishFence now)
      throws InterruptedException, PublishFence.BrokenException {
    switch (event) {
      case LogEvent.Added added -> {
        if (told.news(added.log())) {
          CompletionStage<Boolean> published =
              ways.out().publish(payloads.log(subject.name(), added, subject.qos()));
          handOver(
              published.thenApply(
                  taken -> {
                    if (taken) told.told(added.log());
                    return taken;
                  }),
              now);
        }
        toldBlock = added.log().blockNumber();
      }
      case LogEvent.Removed removed -> {
        told.removed(removed.log());
        tell(payloads.log(subject.name(), removed, subject.qos()), now);
      }
      case LogEvent.Gap gap -> {
        told.gap(gap);
        tell(
            payloads.gap(
                subject.name(), gap.fromBlock(), gap.toBlock(), gap.reason(), subject.qos()),
            now);
      }
      case LogEvent.Checkpoint(var upTo) -> {
        for (Log gone : told.missing(upTo.number())) {
          LogEvent.Removed removed = new LogEvent.Removed(gone, LogEvent.Reason.REORG);
          tell(payloads.log(subject.name(), removed, subject.qos()), now);
        }
        toldBlock = upTo.number();
      }
    }
  }

  private void heads(PubSubFrontend node, PublishFence now)
      throws InterruptedException, PublishFence.BrokenException {
    try (Subscription<HeadEvent> heads = node.headEvents(HeadOptions.DEFAULT)) {
      following(heads);
      while (!closing) {
        switch (heads.recv()) {
          case HeadEvent.Added(Head head, var _) -> {
            tell(payloads.head(head, subject.retainHead(), subject.qos()), now);
            toldBlock = head.number();
          }
          case HeadEvent.Removed(Head head) -> tell(payloads.goneHead(head, subject.qos()), now);
          case HeadEvent.Gap(long from, long to, LogEvent.GapReason reason) ->
              tell(payloads.gap(subject.name(), from, to, reason, subject.qos()), now);
        }
      }
    }
  }

  private void tell(TopicOut.Letter letter, PublishFence now)
      throws InterruptedException, PublishFence.BrokenException {
    handOver(ways.out().publish(letter), now);
  }

  private void handOver(CompletionStage<Boolean> published, PublishFence now)
      throws InterruptedException, PublishFence.BrokenException {
    now.handOver(published);
    messages++; // written by this thread only
    ways.meters().told(subject.chain());
  }

  /** Stops; what was handed over is safe, and the cursor saved, when {@link #join} returns. */
  @Override
  public void close() {
    closing = true;
    thread.interrupt();
  }

  /** Waits for the end, at most a little longer than a broker may take. */
  void join() throws InterruptedException {
    if (!thread.join(PATIENCE.plus(LAST_SAVE)))
      log.atWarn().addKeyValue("subscription", subject.name()).log("chain subscription hangs");
  }
}
