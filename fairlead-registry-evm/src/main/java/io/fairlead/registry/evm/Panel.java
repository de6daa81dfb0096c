package io.fairlead.registry.evm;

import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.time.Clock;
import io.fairlead.registry.evm.Agreement.Testimony;
import io.fairlead.registry.evm.ChainException.Kind;
import io.fairlead.registry.evm.EvmStatus.Endpoint;
import io.fairlead.registry.evm.ListedRows.Fingerprint;
import io.fairlead.registry.evm.Together.Outcome;
import io.fairlead.registry.source.SourceException;
import io.fairlead.registry.source.SourceException.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The endpoints of a chain, asked together: who answers, who is behind, who says the same. An
 * endpoint that does not is named in the status. Used by one read at a time.
 */
final class Panel {
  /** Blocks an endpoint may be behind the best and still be asked. */
  private static final long BEHIND_MAX = 3;

  /** How long the others are waited for once enough have answered. */
  private static final Duration GRACE = Duration.ofMillis(300);

  private static final Duration GRACE_FOR_THE_SLOW = Duration.ofMillis(20);

  /** The newest block of an endpoint, and the blocks its chain calls so. */
  private record Probe(EndpointReader endpoint, Header head, long safe, long finalized) {
    long at(Depth depth, long head) {
      return switch (depth) {
        case Depth.Blocks(long count) -> head - count;
        case Depth.At(long number) -> number;
        case Depth.Tag tag -> tag == Depth.Tag.SAFE ? safe : finalized;
      };
    }
  }

  /**
   * What is believed.
   *
   * @param newest the block all were asked at; of those who agree, the oldest time counts
   */
  record Believed(Agreement agreement, Header newest) {}

  private final EvmSettings settings;
  private final ChainReader chain;
  private final ListedContract contract;
  private final EvmStatus status;
  private final EvmMeters meters;
  private final Clock clock;
  private final List<EndpointReader> readers = new ArrayList<>();
  private final Map<String, Endpoint> told = new LinkedHashMap<>();
  private boolean someSlow;

  Panel(
      EvmSettings settings,
      ChainReader chain,
      ListedContract contract,
      EvmStatus status,
      EvmMeters meters,
      Clock clock) {
    this.settings = settings;
    this.chain = chain;
    this.contract = contract;
    this.status = status;
    this.meters = meters;
    this.clock = clock;
    for (ChainEndpoint endpoint : chain.endpoints()) {
      readers.add(new EndpointReader(endpoint, settings.contract()));
    }
  }

  /** Asks all of them what they know of the contract. */
  Believed ask(Deadline deadline) throws SourceException, InterruptedException {
    told.clear();
    for (EndpointReader reader : readers) say(reader, "not_asked", "");
    try {
      List<Probe> probes = probes(deadline);
      Header newest = newest(probes);
      List<Probe> near = new ArrayList<>();
      for (Probe probe : probes) {
        long behind = newest.number() - probe.head().number();
        if (behind <= BEHIND_MAX) near.add(probe);
        else say(probe.endpoint(), "behind", "is " + behind + " blocks behind");
      }
      return settings.quorum() == 1
          ? first(near, newest, deadline)
          : agreed(near, newest, deadline);
    } finally {
      status.endpoints(List.copyOf(told.values()), clock.wall());
    }
  }

  private void say(EndpointReader endpoint, String word, String why) {
    told.put(
        endpoint.alias(),
        new Endpoint(endpoint.alias(), word, why.isEmpty() ? "" : endpoint.alias() + ": " + why));
  }

  private List<Probe> probes(Deadline deadline) throws SourceException, InterruptedException {
    List<Together.Task<Probe>> tasks = new ArrayList<>();
    Deadline half = deadline.atMost(deadline.remaining().dividedBy(2));
    for (EndpointReader reader : readers) tasks.add(() -> probe(reader, half));
    List<Outcome<Probe>> outcomes =
        together(tasks, sofar -> present(sofar).size() >= settings.quorum(), half);
    List<Probe> probes = values(readers, outcomes);
    someSlow = outcomes.stream().anyMatch(Panel::late);
    if (probes.size() >= settings.quorum()) return probes;
    throw tooFew(outcomes, probes.size() + " of " + settings.quorum() + " endpoints answer");
  }

  private Probe probe(EndpointReader endpoint, Deadline deadline)
      throws ChainException, InterruptedException {
    Header head = endpoint.head(chain.chainId(), deadline);
    return new Probe(
        endpoint,
        head,
        tagged(Depth.Tag.SAFE) ? endpoint.header(Depth.Tag.SAFE, deadline).number() : 0,
        tagged(Depth.Tag.FINALIZED) ? endpoint.header(Depth.Tag.FINALIZED, deadline).number() : 0);
  }

  private boolean tagged(Depth.Tag tag) {
    return settings.confirmations().add() == tag || settings.confirmations().remove() == tag;
  }

  /** The highest block that as many have as must agree: one that runs ahead alone leads nobody. */
  private Header newest(List<Probe> probes) {
    return probes.stream()
        .map(Probe::head)
        .sorted(Comparator.comparingLong(Header::number).reversed())
        .skip(settings.quorum() - 1L)
        .findFirst()
        .orElseThrow();
  }

  /** The first that answers, in the order of the configuration. */
  private Believed first(List<Probe> probes, Header newest, Deadline deadline)
      throws SourceException, InterruptedException {
    Optional<SourceException> failure = Optional.empty();
    for (int i = 0; i < probes.size(); i++) {
      Probe probe = probes.get(i);
      boolean last = i == probes.size() - 1;
      Deadline own = last ? deadline : deadline.atMost(deadline.remaining().dividedBy(2));
      try {
        Testimony said = testimony(probe, probe.head().number(), probes, own);
        say(probe.endpoint(), "ok", "");
        return new Believed(new Agreement(List.of(said), List.of()), said.head());
      } catch (ChainException failed) {
        say(probe.endpoint(), "failed", failed.getMessage());
        if (failure.isEmpty()) failure = Optional.of(typed(probe.endpoint().alias(), failed));
      }
    }
    throw failure.orElseGet(
        () -> new SourceException(Reason.UNREACHABLE, "no endpoint has block " + newest.number()));
  }

  /** At the highest block that enough have; when they differ there, at one that all have. */
  private Believed agreed(List<Probe> probes, Header newest, Deadline deadline)
      throws SourceException, InterruptedException {
    List<Probe> ahead =
        probes.stream().filter(each -> each.head().number() >= newest.number()).toList();
    long common =
        probes.stream().mapToLong(each -> each.head().number()).min().orElse(newest.number());
    Optional<Believed> believed = agreed(ahead, probes, newest.number(), deadline);
    if (believed.isEmpty() && ahead.size() < probes.size()) {
      believed = agreed(probes, probes, common, deadline);
    }
    if (believed.isPresent()) return believed.get();
    for (Endpoint each : told.values()) {
      if (each.word().equals("disagrees")) meters.disagrees(each.alias()).increment();
    }
    status.endpoints(List.copyOf(told.values()), clock.wall());
    throw new SourceException(
        Reason.DISAGREE,
        "fewer than " + settings.quorum() + " endpoints say the same: " + status.told());
  }

  private Optional<Believed> agreed(
      List<Probe> asked, List<Probe> all, long height, Deadline deadline)
      throws InterruptedException {
    List<Together.Task<Testimony>> tasks = new ArrayList<>();
    Deadline half = deadline.atMost(deadline.remaining().dividedBy(2));
    for (Probe probe : asked) tasks.add(() -> testimony(probe, height, all, half));
    List<Testimony> said =
        values(
            asked.stream().map(Probe::endpoint).toList(),
            together(
                tasks,
                sofar -> Agreement.among(present(sofar), settings.quorum()).isPresent(),
                half));
    Optional<Agreement> agreement = Agreement.among(said, settings.quorum());
    if (agreement.isEmpty()) {
      for (Testimony each : said) say(each.endpoint(), "disagrees", each.said());
      return Optional.empty();
    }
    for (Testimony each : agreement.get().members()) say(each.endpoint(), "ok", "");
    for (Testimony each : agreement.get().others()) {
      say(each.endpoint(), "disagrees", each.said());
      meters.disagrees(each.endpoint().alias()).increment();
    }
    return agreement.get().members().stream()
        .map(Testimony::head)
        .min(Comparator.comparing(Header::timestamp))
        .map(oldest -> new Believed(agreement.get(), oldest));
  }

  private Testimony testimony(Probe probe, long newest, List<Probe> all, Deadline deadline)
      throws ChainException, InterruptedException {
    EndpointReader endpoint = probe.endpoint();
    long near = at(settings.confirmations().remove(), newest, all);
    long far = Math.min(near, at(settings.confirmations().add(), newest, all));
    if (far < 0) {
      throw new ChainException(
          Kind.MALFORMED, "the chain has " + newest + " blocks, too few for the confirmations");
    }
    if (near > newest) {
      throw new ChainException(Kind.MALFORMED, "the chain has " + newest + " blocks");
    }
    List<Header> headers =
        Together.all(
            List.of(
                () -> header(probe, newest, deadline),
                () -> header(probe, near, deadline),
                () -> header(probe, far, deadline)),
            deadline);
    Header shallow = headers.get(1);
    Header deep = headers.get(2);
    contract.check(endpoint, shallow, deadline);
    List<Together.Task<Fingerprint>> both = new ArrayList<>();
    both.add(() -> contract.fingerprint(endpoint, shallow, deadline));
    if (far != near) both.add(() -> contract.fingerprint(endpoint, deep, deadline));
    List<Fingerprint> prints = Together.all(both, deadline);
    return new Testimony(
        endpoint, headers.get(0), shallow, prints.getFirst(), deep, prints.getLast());
  }

  /** For what the chain calls so: the highest that as many have as must agree. */
  private long at(Depth depth, long newest, List<Probe> all) {
    return all.stream()
        .map(probe -> probe.at(depth, newest))
        .sorted(Comparator.reverseOrder())
        .skip(Math.min(settings.quorum(), all.size()) - 1L)
        .findFirst()
        .orElseThrow();
  }

  private static Header header(Probe probe, long number, Deadline deadline)
      throws ChainException, InterruptedException {
    return number == probe.head().number()
        ? probe.head()
        : probe.endpoint().header(number, deadline);
  }

  /** Reads a list whole, from the first of those who agree that can give it. */
  ListedRows list(Believed believed, Fingerprint wanted, boolean shallow, Deadline deadline)
      throws SourceException, InterruptedException {
    Optional<SourceException> failure = Optional.empty();
    for (Testimony each : believed.agreement().members()) {
      try {
        Header at = shallow ? each.shallow() : each.deep();
        return contract.rows(each.endpoint(), at, wanted, deadline);
      } catch (ChainException failed) {
        say(each.endpoint(), "failed", failed.getMessage());
        status.endpoints(List.copyOf(told.values()), clock.wall());
        if (failure.isEmpty()) failure = Optional.of(typed(each.endpoint().alias(), failed));
      }
    }
    throw failure.orElseThrow();
  }

  private <T> List<Outcome<T>> together(
      List<Together.Task<T>> tasks, Predicate<List<Outcome<T>>> enough, Deadline deadline)
      throws InterruptedException {
    return Together.run(tasks, enough, someSlow ? GRACE_FOR_THE_SLOW : GRACE, deadline);
  }

  private static <T> List<T> present(List<Outcome<T>> outcomes) {
    return outcomes.stream().flatMap(outcome -> outcome.value().stream()).toList();
  }

  private <T> List<T> values(List<EndpointReader> asked, List<Outcome<T>> outcomes) {
    List<T> values = new ArrayList<>();
    for (int i = 0; i < outcomes.size(); i++) {
      Outcome<T> outcome = outcomes.get(i);
      outcome.value().ifPresent(values::add);
      if (outcome.failure().isPresent()) {
        say(asked.get(i), "failed", outcome.failure().get().getMessage());
      }
    }
    return values;
  }

  private static boolean late(Outcome<?> outcome) {
    return outcome.failure().map(failure -> failure.kind() == Kind.TIMEOUT).orElse(false);
  }

  private <T> SourceException tooFew(List<Outcome<T>> outcomes, String why) {
    status.endpoints(List.copyOf(told.values()), clock.wall());
    for (Outcome<T> outcome : outcomes) {
      if (outcome.failure().isEmpty()) continue;
      String all = readers.size() == 1 ? status.told() : why + ": " + status.told();
      return new SourceException(reason(outcome.failure().get()), all);
    }
    return new SourceException(Reason.UNREACHABLE, why);
  }

  /** A failure of one endpoint as that of the source. */
  static SourceException typed(String alias, ChainException failure) {
    String why = alias.isEmpty() ? failure.getMessage() : alias + ": " + failure.getMessage();
    return new SourceException(reason(failure), why, failure);
  }

  private static Reason reason(ChainException failure) {
    return switch (failure.kind()) {
      case UNREACHABLE -> Reason.UNREACHABLE;
      case TIMEOUT -> Reason.TIMEOUT;
      case REFUSED -> Reason.REFUSED;
      case MALFORMED -> Reason.MALFORMED;
      case WRONG_CHAIN -> Reason.WRONG_CHAIN;
    };
  }
}
