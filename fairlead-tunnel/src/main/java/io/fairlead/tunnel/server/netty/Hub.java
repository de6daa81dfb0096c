package io.fairlead.tunnel.server.netty;

import io.fairlead.core.access.Cause;
import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Revocable;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.event.GatewayEvent;
import io.fairlead.core.mailbox.Mailbox;
import io.fairlead.core.time.Clock;
import io.fairlead.tunnel.codec.Binary;
import io.fairlead.tunnel.codec.ControlMessage;
import io.fairlead.tunnel.codec.Offer;
import io.fairlead.tunnel.session.Bond;
import io.fairlead.tunnel.session.Grants;
import io.fairlead.tunnel.session.Logins;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one owner of agents and their services. What agents say is worked off on one thread, as it
 * may bind ports; the data path reads {@link #directory}. Any thread may ask what is public here.
 */
public final class Hub implements Revocable, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Hub.class);
  private static final int INBOX_MAX = 16_384;
  private static final long COME_BACK_SECONDS = 60;
  private static final long WRITE_SECONDS = 30;
  private static final long WRITTEN_SECONDS = 2;
  private static final long WRITE_SOON_MILLIS = 100;

  private final String gateway;
  private final ServerMeters meters;
  private final EventBus events;
  private final Clock clock;
  private final ScheduledExecutorService timers;
  private final Exposure exposure;
  private final Mailbox<HubInput> inbox;
  private final Map<String, AgentSession> agents = new ConcurrentHashMap<>();
  private final Map<EntryId, Set<AgentSession>> byEntry = new ConcurrentHashMap<>();
  private final Map<ServerCarrier, AgentSession> carriers = new HashMap<>(); // hub's thread
  private final LedgerFile file;
  private final Future<?> writing;
  private final CountDownLatch written = new CountDownLatch(1);
  private boolean writePlanned; // hub's thread
  private boolean served; // hub's thread: an agent was here, so the file is ours to write
  private volatile ServerTerms settings;

  /**
   * @param gateway what it calls itself
   * @param timers any executor that can wait; it is only asked to post to the inbox
   */
  Hub(
      String gateway,
      ServerTerms first,
      Exposure exposure,
      LedgerFile file,
      ServerMeters meters,
      EventBus events,
      Clock clock,
      ScheduledExecutorService timers) {
    this.gateway = gateway;
    this.settings = first;
    this.exposure = exposure;
    this.file = file;
    this.meters = meters;
    this.events = events;
    this.clock = clock;
    this.timers = timers;
    this.inbox = Mailbox.start("tunnels", INBOX_MAX, this::accept);
    timers.schedule(() -> offer(new HubInput.ComeBackOver()), COME_BACK_SECONDS, TimeUnit.SECONDS);
    writing =
        timers.scheduleWithFixedDelay(
            () -> offer(new HubInput.WriteDue()), WRITE_SECONDS, WRITE_SECONDS, TimeUnit.SECONDS);
    meters.observe(
        agents::size,
        () -> exposure.ledger().live(),
        () -> exposure.ledger().receivedBytes(),
        () -> exposure.ledger().sentBytes());
  }

  String gateway() {
    return gateway;
  }

  ServerMeters meters() {
    return meters;
  }

  Directory directory() {
    return exposure.directory();
  }

  /** Agents now; any thread. */
  List<AgentSession> agents() {
    return List.copyOf(agents.values());
  }

  /** How users reach services; any thread. */
  Map<String, List<String>> addresses() {
    return exposure.addresses();
  }

  Logins.Outcome decide(ControlMessage.Auth auth, Binary nonce, Bond bond) {
    return settings.logins().decide(auth, nonce, bond);
  }

  /** What somebody who was admitted may by what holds now; empty: he may not come any more. */
  Optional<Grants> grants(Logins.Outcome.Admitted who) {
    return settings.logins().grants(who.agent(), who.used(), who.principal());
  }

  boolean stillAllowed(io.fairlead.core.access.Principal principal) {
    return settings.logins().stillAllowed(principal);
  }

  // ---- what carriers tell; false: there is no room, the carrier ends ----------------------

  boolean loggedIn(ServerCarrier carrier, Logins.Outcome.Admitted who, ControlMessage.Auth auth) {
    return offer(new HubInput.LoggedIn(carrier, who, auth.session()));
  }

  boolean said(ServerCarrier carrier, ControlMessage message) {
    return offer(new HubInput.Said(carrier, message));
  }

  void lost(ServerCarrier carrier) {
    // A full inbox may refuse what others say, but never the news that somebody is gone.
    if (!offer(new HubInput.Lost(carrier))) {
      timers.schedule(() -> lost(carrier), 100, TimeUnit.MILLISECONDS);
    }
  }

  private boolean offer(HubInput input) {
    if (inbox.offer(input)) return true;
    meters.inboxFull();
    return false;
  }

  // ---- what others ask --------------------------------------------------------------------

  /** From here on this holds; agents that may not come any more are cut soon. */
  void settle(ServerTerms next) {
    settings = next;
    if (!offer(new HubInput.Settled(next))) {
      timers.schedule(() -> settle(next), 100, TimeUnit.MILLISECONDS);
    }
  }

  /** Cuts an agent and what it carries; whether it was there. */
  boolean cut(String agent, String reason) {
    AgentSession there = agents.get(agent);
    if (there == null) return false;
    there.cut(reason);
    return true;
  }

  /** Tells all agents to go elsewhere; carriers end with their last streams. */
  void drain() {
    offer(new HubInput.Leave(false));
  }

  @Override
  public String kind() {
    return "tunnels";
  }

  @Override
  public int revoke(Set<EntryId> entries, Cause cause) {
    Set<AgentSession> affected = new HashSet<>();
    for (EntryId entry : entries) affected.addAll(byEntry.getOrDefault(entry, Set.of()));
    for (AgentSession agent : affected) agent.cut(cause.reason().word());
    return affected.size();
  }

  @Override
  public void close() {
    agents.values().forEach(agent -> agent.cut("closed"));
    // Ports are freed on the owner's thread: whoever closes may be in the middle of a change.
    if (!inbox.offer(new HubInput.Leave(true))) {
      inbox.close();
      return;
    }
    try {
      var _ = // late is late: what was written before stands
          written.await(WRITTEN_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- the owner's thread -----------------------------------------------------------------

  private void accept(HubInput input) {
    switch (input) {
      case HubInput.LoggedIn(ServerCarrier carrier, Logins.Outcome.Admitted who, String run) ->
          admit(carrier, who, run);
      case HubInput.Said(ServerCarrier carrier, ControlMessage message) -> {
        AgentSession agent = carriers.get(carrier);
        if (agent != null && !agent.over()) said(carrier, agent, message);
      }
      case HubInput.Lost(ServerCarrier carrier) -> gone(carrier);
      case HubInput.GraceOver(AgentSession agent, int absence) -> {
        // It may have come and gone again since: then its time is not over yet.
        if (agent.carriers().isEmpty() && agent.absences() == absence) forget(agent, "lost");
      }
      case HubInput.Settled(ServerTerms next) -> settled(next);
      case HubInput.ComeBackOver() -> exposure.awaitNoMore();
      case HubInput.WriteDue() -> write();
      case HubInput.Leave(boolean atOnce) -> {
        write();
        if (atOnce) {
          writing.cancel(false);
          written.countDown();
          agents.values().forEach(agent -> agent.cut("closed"));
          exposure.close();
          inbox.close();
        } else {
          carriers.keySet().forEach(ServerCarrier::drain);
        }
      }
    }
  }

  private void admit(ServerCarrier carrier, Logins.Outcome.Admitted who, String run) {
    AgentSession there = agents.get(who.agent());
    if (there != null && (there.over() || !there.run().equals(run))) {
      if (!there.over() && !there.carriers().isEmpty()) {
        // Another run of the agent, or somebody with its credential. If the former is dead, its
        // carriers are gone when the newcomer tries again.
        there.carriers().forEach(ServerCarrier::probe);
        refuse(carrier, "conflict", "an agent of this name is connected");
        return;
      }
      forget(there, "replaced");
      there = null;
    }
    if (there == null && agents.size() >= settings.agents()) {
      meters.met(ServerMeters.Limited.AGENTS);
      refuse(carrier, "unavailable", "too many agents");
      return;
    }
    AgentSession agent = there != null ? there : new AgentSession(who, run, clock);
    if (agent.carriers().size() >= AgentSession.CARRIERS_MAX) {
      refuse(carrier, "unavailable", "too many carriers");
      return;
    }
    if (there == null) {
      agents.put(agent.name(), agent);
      index(agent);
    }
    // Asked behind the index: a revocation found the agent there, or is seen here. Of logins the
    // same: what was decided by former ones may have waited in the inbox behind the change.
    Optional<Grants> grants = grants(who);
    if (grants.isEmpty() || !settings.logins().stillAllowed(agent.principal())) {
      refuse(carrier, "auth", "not admitted");
      if (there == null) forget(agent, "revoked");
      return;
    }
    if (there == null) agent.grants(grants.get());
    carriers.put(carrier, agent);
    agent.carriers().add(carrier);
    if (carrier.link().isEmpty()) {
      gone(carrier); // it left while this waited in the inbox
      return;
    }
    carrier.say(new ControlMessage.Ack(0, List.of()));
    if (there == null) {
      log.atInfo().addKeyValue("agent", agent.name()).log("tunnel agent connected");
      events.publish(
          new GatewayEvent.TunnelAgentChanged(
              clock.wall(), agent.name(), "connected", agent.principal().entry()));
    }
  }

  private static void refuse(ServerCarrier carrier, String code, String text) {
    carrier.say(new ControlMessage.Refusal(0, code, text, Optional.empty()));
    carrier.dismiss();
  }

  private void said(ServerCarrier carrier, AgentSession agent, ControlMessage message) {
    switch (message) {
      case ControlMessage.Register(long ref, List<Offer> services) ->
          register(carrier, agent, ref, services);
      case ControlMessage.Update(long ref, Offer service) ->
          register(carrier, agent, ref, List.of(service));
      case ControlMessage.Withdraw(long ref, List<String> services) -> {
        exposure.withdraw(agent, services);
        writeSoon();
        carrier.say(new ControlMessage.Ack(ref, List.of()));
      }
      case ControlMessage.Stats _ -> {} // known better here
      case ControlMessage.Drain _ -> {} // its GOAWAY follows
      case ControlMessage.Hello _,
          ControlMessage.Auth _,
          ControlMessage.Ack _,
          ControlMessage.Refusal _ ->
          carrier.cut("malformed");
    }
  }

  private void register(ServerCarrier carrier, AgentSession agent, long ref, List<Offer> services) {
    List<ControlMessage.Exposed> exposed = new ArrayList<>();
    for (Offer offer : services) {
      Optional<Exposure.Refusal> refusal =
          agent
              .grants()
              .refusal(offer)
              .map(text -> new Exposure.Refusal("not_allowed", text))
              .or(
                  () ->
                      exposure.count(agent) >= settings.services()
                              && !exposure.has(agent, offer.name())
                          ? Optional.of(new Exposure.Refusal("unavailable", "too many services"))
                          : Optional.empty());
      refusal
          .filter(no -> no.code().equals("unavailable"))
          .ifPresent(_ -> meters.met(ServerMeters.Limited.SERVICES));
      if (refusal.isEmpty()) {
        switch (exposure.place(agent, offer)) {
          case Exposure.Placed(List<String> at) ->
              exposed.add(new ControlMessage.Exposed(offer.name(), at));
          case Exposure.Refusal no -> refusal = Optional.of(no);
        }
      }
      refusal.ifPresent(
          no -> {
            log.atDebug()
                .addKeyValue("agent", agent.name())
                .addKeyValue("service", offer.name())
                .addKeyValue("code", no.code())
                .log("tunnel service refused");
            carrier.say(
                new ControlMessage.Refusal(ref, no.code(), no.text(), Optional.of(offer.name())));
          });
    }
    carrier.say(new ControlMessage.Ack(ref, exposed));
    writeSoon();
  }

  private void write() {
    writePlanned = false;
    if (served) file.write(exposure.ledger().lines(clock.wall().getEpochSecond()));
  }

  /** Soon, once for all that changes meanwhile. */
  private void writeSoon() {
    served = true;
    if (writePlanned) return;
    writePlanned = true;
    timers.schedule(() -> offer(new HubInput.WriteDue()), WRITE_SOON_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void gone(ServerCarrier carrier) {
    AgentSession agent = carriers.remove(carrier);
    if (agent == null) return;
    agent.carriers().remove(carrier);
    if (!agent.carriers().isEmpty()) return;
    if (agent.over()) {
      forget(agent, "cut");
    } else if (settings.grace().isZero()) {
      forget(agent, "lost");
    } else {
      int absence = agent.left();
      timers.schedule(
          () -> lostForGood(agent, absence), settings.grace().toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private void lostForGood(AgentSession agent, int absence) {
    if (!offer(new HubInput.GraceOver(agent, absence))) {
      timers.schedule(() -> lostForGood(agent, absence), 1, TimeUnit.SECONDS);
    }
  }

  private void forget(AgentSession agent, String why) {
    agent.cut(why);
    exposure.withdrawAll(agent);
    if (!agents.remove(agent.name(), agent)) return;
    unindex(agent);
    log.atInfo()
        .addKeyValue("agent", agent.name())
        .addKeyValue("why", why)
        .log("tunnel agent gone");
    events.publish(
        new GatewayEvent.TunnelAgentChanged(
            clock.wall(), agent.name(), why, agent.principal().entry()));
  }

  private void settled(ServerTerms next) {
    exposure.settle(next.exposed());
    for (AgentSession agent : List.copyOf(agents.values())) {
      Optional<Grants> grants = next.logins().grants(agent.name(), agent.used(), agent.principal());
      if (grants.isEmpty()) {
        agent.cut("not_admitted");
        continue;
      }
      agent.grants(grants.get());
      exposure.limit(agent);
      for (Offer offer : exposure.offers(agent)) {
        Optional<String> refusal = grants.get().refusal(offer);
        if (refusal.isEmpty()) continue;
        exposure.withdraw(agent, List.of(offer.name()));
        // Once: an agent that it is told of asks again by all its carriers.
        agent.carriers().stream()
            .findFirst()
            .ifPresent(
                carrier ->
                    carrier.say(
                        new ControlMessage.Refusal(
                            0, "not_allowed", refusal.get(), Optional.of(offer.name()))));
      }
    }
  }

  private void index(AgentSession agent) {
    agent
        .principal()
        .entry()
        .ifPresent(
            entry ->
                byEntry.compute(
                    entry,
                    (_, present) -> {
                      Set<AgentSession> set =
                          present == null ? ConcurrentHashMap.newKeySet() : present;
                      set.add(agent);
                      return set;
                    }));
  }

  private void unindex(AgentSession agent) {
    agent
        .principal()
        .entry()
        .ifPresent(
            entry ->
                byEntry.computeIfPresent(
                    entry,
                    (_, present) -> {
                      present.remove(agent);
                      return present.isEmpty() ? null : present;
                    }));
  }
}
