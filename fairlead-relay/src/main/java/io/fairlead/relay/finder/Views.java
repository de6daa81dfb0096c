package io.fairlead.relay.finder;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.relay.finder.CandidatePool.Candidate;
import io.fairlead.relay.finder.RelaySelection.CandidateView;
import io.fairlead.relay.finder.RelaySelection.RelayView;
import io.fairlead.relay.network.Networks;
import io.fairlead.relay.source.RelayPeer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** What a finder holds, as selections and people see it at one moment. */
record Views(FinderSettings settings, RelayHistory history, Networks networks, long nowNanos) {
  List<CandidateView> of(Collection<Candidate> candidates) {
    return candidates.stream().map(this::of).toList();
  }

  private CandidateView of(Candidate candidate) {
    List<Multiaddr> all = new ArrayList<>(candidate.peer().addresses());
    all.addAll(candidate.addresses());
    return view(candidate.peer(), all);
  }

  /** A relay that is held, as it were a candidate. */
  CandidateView of(HeldRelay held) {
    List<Multiaddr> all = new ArrayList<>(held.peer.addresses());
    all.addAll(held.granted.known());
    return view(held.peer, all);
  }

  private CandidateView view(RelayPeer peer, List<Multiaddr> addresses) {
    RelayHistory.Record past = history.of(peer.id(), nowNanos);
    return new CandidateView(
        peer.id(),
        addresses,
        past.roundTrip(),
        past.attempts(),
        past.grants(),
        past.refusals(),
        past.limit(),
        peer.standing(),
        networks.ofAll(addresses));
  }

  List<RelayView> held(Collection<HeldRelay> relays) {
    return relays.stream()
        .map(
            held -> {
              List<Multiaddr> all = new ArrayList<>(held.peer.addresses());
              all.addAll(held.granted.addresses());
              return new RelayView(
                  held.id(), all, networks.ofAll(all), held.peer.standing().operator());
            })
        .toList();
  }

  List<FinderReport.Candidate> candidates(Collection<Candidate> candidates) {
    return candidates.stream()
        .map(
            each -> {
              CandidateView view = of(each);
              return new FinderReport.Candidate(
                  each.id(), each.addedAtNanos(), each.addresses(), view.roundTrip(), score(view));
            })
        .toList();
  }

  List<FinderReport.Relay> relays(Collection<HeldRelay> relays, Collection<LostRelay> lost) {
    List<FinderReport.Relay> all = new ArrayList<>();
    for (HeldRelay held : relays) {
      String state = held.lapsing() ? "lapsing" : "held";
      all.add(relay(held.peer, held.granted, held.addresses, state, held.lastRefresh));
    }
    for (LostRelay gone : lost) {
      all.add(relay(gone.peer, gone.granted, gone.addresses, "returning", Optional.empty()));
    }
    return List.copyOf(all);
  }

  private FinderReport.Relay relay(
      RelayPeer peer,
      Granted granted,
      List<Multiaddr> addresses,
      String state,
      Optional<ReserveResult> lastRefresh) {
    CandidateView view = view(peer, granted.known());
    return new FinderReport.Relay(
        peer.id(),
        state,
        granted.expiresAt(),
        addresses,
        view.roundTrip(),
        score(view),
        granted.limit(),
        lastRefresh);
  }

  private Optional<ScoredSelection.Parts> score(CandidateView view) {
    return settings.strategy() instanceof ScoredSelection scored
        ? Optional.of(scored.parts(view))
        : Optional.empty();
  }
}
