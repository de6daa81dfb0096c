package io.fairlead.registry.evm;

import io.fairlead.core.event.EventBus;
import io.fairlead.core.event.GatewayEvent;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.registry.evm.Agreement.Testimony;
import io.fairlead.registry.evm.ListedRows.Fingerprint;
import io.fairlead.registry.evm.Panel.Believed;
import io.fairlead.registry.evm.abi.BadAbiException;
import io.fairlead.registry.model.AddressParser;
import io.fairlead.registry.model.Entry;
import io.fairlead.registry.model.Position;
import io.fairlead.registry.model.Snapshot;
import io.fairlead.registry.source.EntryReader;
import io.fairlead.registry.source.ReadRequest;
import io.fairlead.registry.source.RegistrySource;
import io.fairlead.registry.source.SourceException;
import io.fairlead.registry.source.SourceException.Reason;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A list in a contract on an EVM chain. One read, in order:
 *
 * <pre>
 * who answers, and for which chain          {@link Panel}
 * the same of the same blocks?              {@link Agreement}
 * is the newest block young enough?
 * does it go on from what was accepted?     {@link History}
 * pages, at one block hash, adding up       {@link ListedContract}
 * no more changes than the list counts?
 * two depths, one list                      {@link Depths}
 * which transactions were it?               {@link Explainer}
 * </pre>
 *
 * Reads run one after another on threads of their own; everything else may be called by any.
 */
public final class EvmSource implements RegistrySource {
  private static final Logger log = LoggerFactory.getLogger(EvmSource.class);

  /** Lists kept by fingerprint, so that what was read at the shallow depth serves the deep one. */
  private static final int LISTS_MAX = 4;

  /** What was accepted last. */
  private record Accepted(ListedRows near, ListedRows far, EntryReader entries) {}

  private final EvmSettings settings;
  private final ChainReader chain;
  private final EventBus events;
  private final Clock clock;
  private final ListedContract contract;
  private final EvmMeters meters;
  private final EvmStatus status;
  private final Panel panel;
  private final ReentrantLock reading = new ReentrantLock();
  // All guarded by reading.
  private final History history = new History();
  private final Explainer explainer = new Explainer();
  private final Map<Fingerprint, ListedRows> lists = new LinkedHashMap<>();
  private @Nullable Accepted accepted;
  private volatile Optional<String> approved = Optional.empty();

  /**
   * @param chain is closed with this source
   */
  public EvmSource(
      EvmSettings settings, ChainReader chain, EventBus events, Meters meters, Clock clock) {
    this.settings = settings;
    this.chain = chain;
    this.events = events;
    this.clock = clock;
    this.meters = new EvmMeters(meters, settings.rules().name());
    this.status = new EvmStatus(settings);
    this.contract = contract(settings);
    this.panel = new Panel(settings, chain, contract, status, this.meters, clock);
  }

  private static ListedContract contract(EvmSettings settings) {
    if (settings.abi().isEmpty()) return new ReferenceContract(settings.pageSize());
    try {
      return new CustomContract(settings.abi().get());
    } catch (BadAbiException wrong) {
      throw new IllegalArgumentException("abi: " + wrong.getMessage(), wrong);
    }
  }

  @Override
  public String name() {
    return settings.rules().name();
  }

  @Override
  public CompletionStage<Snapshot> read(ReadRequest request) {
    CompletableFuture<Snapshot> result = new CompletableFuture<>();
    Thread.ofVirtual().name("registry-read-" + name()).start(() -> complete(request, result));
    return result;
  }

  private void complete(ReadRequest request, CompletableFuture<Snapshot> result) {
    reading.lock();
    try {
      result.complete(readNow(request));
    } catch (SourceException failure) {
      result.completeExceptionally(failure);
    } catch (ChainException failure) {
      result.completeExceptionally(Panel.typed("", failure));
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
      result.completeExceptionally(new SourceException(Reason.UNREACHABLE, "closed"));
    } catch (RuntimeException broken) {
      result.completeExceptionally(broken);
    } finally {
      reading.unlock();
    }
  }

  private Snapshot readNow(ReadRequest request)
      throws SourceException, ChainException, InterruptedException {
    Deadline deadline = Deadline.in(clock, request.timeout());
    if (settings.past()) return past(deadline);
    if (request.lastPosition().orElse(null) instanceof Position.Block last) history.recall(last);
    Believed believed = panel.ask(deadline);
    young(believed.newest());
    Testimony first = believed.agreement().first();
    Header block = first.shallow();
    Optional<Long> before = history.last();
    boolean goesOn = true;
    switch (history.standing(first.endpoint(), block, first.head(), deadline)) {
      case History.Standing.Onward _ -> {}
      case History.Standing.Behind(long last) -> {
        return request
            .last()
            .orElseThrow(
                () ->
                    new SourceException(
                        Reason.OLDER,
                        "block " + block.number() + ", " + last + " was accepted before"));
      }
      case History.Standing.Reorganised reorganised -> {
        follow(reorganised, block);
        goesOn = false;
      }
    }
    ListedRows near = list(believed, first.near(), true, deadline);
    ListedRows far =
        first.far().equals(first.near()) ? near : list(believed, first.far(), false, deadline);
    Accepted former = goesOn ? accepted : null;
    if (goesOn && contract.revisioned()) plausible(former, near, far, request);
    EntryReader entries = entries(former, near, far);
    if (contract.revisioned()) {
      boolean changed = former == null || former.near() != near;
      if (changed) {
        explainer.explain(first.endpoint(), block, before, contract.topics(), deadline);
      } else {
        explainer.quiet(block);
      }
    }
    history.accept(block);
    accepted = new Accepted(near, far, entries);
    meters.snapshot(block.number());
    status.read(block, near.fingerprint().revision());
    status.held(Optional.empty());
    approved = Optional.empty();
    return snapshot(block, near.fingerprint(), entries);
  }

  /** As it was: compared with nothing that was accepted since. */
  private Snapshot past(Deadline deadline) throws SourceException, InterruptedException {
    Believed believed = panel.ask(deadline);
    status.head(believed.newest());
    Testimony first = believed.agreement().first();
    ListedRows rows = list(believed, first.near(), true, deadline);
    status.read(first.shallow(), first.near().revision());
    return snapshot(first.shallow(), rows.fingerprint(), entries(null, rows, rows));
  }

  private Snapshot snapshot(Header block, Fingerprint fingerprint, EntryReader entries) {
    Position position =
        new Position.Block(
            block.number(),
            block.hash(),
            block.timestamp(),
            fingerprint.revision(),
            fingerprint.digest());
    List<Entry> list = entries.entries();
    return new Snapshot(
        name(),
        position,
        list,
        entries.invalid(),
        entries.warnings(),
        clock.wall(),
        explainer.origins());
  }

  /** A chain that stands still answers, and knows of no revocation. */
  private void young(Header newest) throws SourceException {
    Instant now = clock.wall();
    Duration age = Duration.between(newest.timestamp(), now);
    status.head(newest);
    meters.head(newest.number(), age.toSeconds());
    if (age.compareTo(settings.headMaxAge()) <= 0) return;
    throw new SourceException(
        Reason.STALE, "the newest block, " + newest.number() + ", is of " + newest.timestamp());
  }

  /** The chain took back what was accepted; the new list comes by the normal way. */
  private void follow(History.Standing.Reorganised reorganised, Header block)
      throws SourceException {
    long last = reorganised.last();
    Optional<Long> ancestor = reorganised.ancestor();
    if (ancestor.isEmpty() && settings.quorum() < 2) {
      hold(
          "r-" + block.hash().substring(2, 18),
          Reason.DEEP_REORG,
          "block " + last + " is no longer on the chain, and none that was accepted before it is");
    }
    long depth = last - ancestor.orElse(Math.max(0, last - History.RING));
    log.atWarn()
        .addKeyValue("source", name())
        .addKeyValue("block", last)
        .addKeyValue("depth", depth)
        .log("chain reorganised below an accepted list");
    meters.reorg(depth);
    events.publish(new GatewayEvent.RegistryReorged(clock.wall(), name(), last, depth));
    history.rewind(ancestor);
    explainer.rewind(ancestor.orElse(-1L));
    lists.clear();
  }

  /** A person may let it go on; without that the read fails. */
  private void hold(String id, Reason reason, String why) throws SourceException {
    if (approved.equals(Optional.of(id))) {
      log.atWarn()
          .addKeyValue("source", name())
          .addKeyValue("held", id)
          .addKeyValue("why", why)
          .log("registry source goes on as approved");
      return;
    }
    status.held(Optional.of(id));
    throw new SourceException(reason, why + "; `fairlead registry approve " + id + "` accepts it");
  }

  /**
   * The list of this fingerprint: known, or read from the first endpoint that can give it whole.
   */
  private ListedRows list(Believed believed, Fingerprint wanted, boolean shallow, Deadline deadline)
      throws SourceException, InterruptedException {
    ListedRows known = lists.remove(wanted);
    if (known == null) known = panel.list(believed, wanted, shallow, deadline);
    lists.put(wanted, known);
    while (lists.size() > LISTS_MAX) lists.remove(lists.keySet().iterator().next());
    return known;
  }

  private void plausible(
      @Nullable Accepted former, ListedRows near, ListedRows far, ReadRequest request)
      throws SourceException {
    long revision = near.fingerprint().revision();
    if (former == null) {
      boolean fell =
          request.lastPosition().orElse(null) instanceof Position.Block last
              && revision < last.revision();
      if (fell) implausible(near, "revision " + revision + " is lower than one accepted before");
      return;
    }
    counted(former.near(), near);
    counted(former.far(), far);
  }

  private void counted(ListedRows former, ListedRows now) throws SourceException {
    long grown = now.fingerprint().revision() - former.fingerprint().revision();
    if (grown < 0) {
      implausible(
          now,
          "revision fell from %d to %d"
              .formatted(former.fingerprint().revision(), now.fingerprint().revision()));
      return;
    }
    long changes = now == former ? 0 : now.changesSince(former);
    if (changes > grown) {
      implausible(now, changes + " entries changed, the revision grew by " + grown);
    }
  }

  private void implausible(ListedRows list, String why) throws SourceException {
    byte[] whole = list.fingerprint().toString().getBytes(StandardCharsets.UTF_8);
    hold("i-" + Snapshot.sha256(whole).substring(0, 16), Reason.IMPLAUSIBLE, why);
  }

  private EntryReader entries(@Nullable Accepted former, ListedRows near, ListedRows far) {
    if (former != null && former.near() == near && former.far() == far) return former.entries();
    AddressParser addresses =
        AddressParser.ofStrangers(settings.allowPrivate()).withDefaultPort(settings.defaultPort());
    return Depths.merged(near, far, addresses);
  }

  @Override
  public AutoCloseable onHint(Runnable hint) {
    return chain.onHint(settings.contract(), contract.topics(), hint);
  }

  @Override
  public Map<String, Object> details() {
    return status.fields(clock.wall());
  }

  @Override
  public boolean approve(String id) {
    if (!status.held().equals(Optional.of(id))) return false;
    approved = Optional.of(id);
    return true;
  }

  @Override
  public void close() {
    chain.close();
  }
}
