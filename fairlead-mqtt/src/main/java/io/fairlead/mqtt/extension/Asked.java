package io.fairlead.mqtt.extension;

import io.fairlead.mqtt.EnhancedAuthenticator;
import io.fairlead.mqtt.MqttAuthenticator;
import io.fairlead.mqtt.MqttAuthenticator.Answer;
import io.fairlead.mqtt.MqttAuthenticator.Shown;
import io.fairlead.mqtt.MqttAuthorizer;
import io.fairlead.mqtt.MqttClient;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.codec.Utf8;
import io.fairlead.mqtt.session.Hooks;
import io.fairlead.mqtt.session.Session;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.topic.TopicFault;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.mqtt.topic.TopicLimits;
import io.fairlead.mqtt.topic.TopicName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The extensions in force, asked in their order. Immutable. */
final class Asked implements Hooks {
  private final Loaded[] all;
  private final Chains chains = new Chains();
  private final boolean reviewsMessages;
  private final boolean reviewsSubscriptions;
  private final boolean wills;
  private final boolean listens;

  /** Of extensions that have started. */
  Asked(List<Loaded> extensions) {
    all = extensions.toArray(Loaded[]::new);
    reviewsMessages = extensions.stream().anyMatch(e -> e.offer().reviewsPublishes() != null);
    reviewsSubscriptions = extensions.stream().anyMatch(e -> e.offer().reviewsSubscribes() != null);
    wills = extensions.stream().anyMatch(e -> e.offer().wills() != null);
    listens = extensions.stream().anyMatch(e -> e.offer().listens() != null);
  }

  /** Nobody asks them any more. Completes once all that is due is answered. */
  CompletableFuture<Void> close() {
    return chains.close();
  }

  boolean empty() {
    return all.length == 0;
  }

  // Clients

  MqttAuthenticator around(MqttAuthenticator configured) {
    boolean nobody = true;
    for (Loaded each : all) {
      nobody &= each.offer().authenticates() == null && each.offer().connects() == null;
    }
    return nobody ? configured : shown -> who(configured, shown);
  }

  private CompletionStage<Answer> who(MqttAuthenticator configured, Shown shown) {
    CompletionStage<Answer> answer = CompletableFuture.completedFuture(new Answer.Anonymous());
    for (Loaded each : all) {
      MqttAuthenticator authenticates = each.offer().authenticates();
      if (authenticates == null) continue;
      answer = answer.thenCompose(known -> known(each, authenticates, shown, known));
    }
    answer =
        answer.thenCompose(
            known ->
                known instanceof Answer.Anonymous
                    ? configured.authenticate(shown)
                    : CompletableFuture.completedFuture(known));
    for (Loaded each : all) {
      ConnectInterceptor connects = each.offer().connects();
      if (connects == null) continue;
      answer = answer.thenCompose(known -> connecting(each, connects, shown, known));
    }
    return chains.counted(answer.toCompletableFuture());
  }

  private static CompletionStage<Answer> known(
      Loaded loaded, MqttAuthenticator authenticates, Shown shown, Answer known) {
    if (!(known instanceof Answer.Anonymous)) return CompletableFuture.completedFuture(known);
    return loaded.askLater(
        () -> authenticates.authenticate(shown), said -> said, () -> unanswered(loaded, known));
  }

  private static CompletionStage<Answer> connecting(
      Loaded loaded, ConnectInterceptor connects, Shown shown, Answer known) {
    if (known instanceof Answer.Refused) return CompletableFuture.completedFuture(known);
    return loaded.askLater(
        () -> connects.connecting(shown, known), said -> said, () -> unanswered(loaded, known));
  }

  private static Answer unanswered(Loaded loaded, Answer known) {
    return loaded.refuses() ? new Answer.Refused(ReasonCode.SERVER_UNAVAILABLE) : known;
  }

  /** Whether one of them says who clients are. */
  boolean authenticates() {
    for (Loaded each : all) if (each.offer().authenticates() != null) return true;
    return false;
  }

  /** Methods of enhanced authentication; of two of one name the first counts. */
  Map<String, EnhancedAuthenticator> methods() {
    Map<String, EnhancedAuthenticator> methods = new HashMap<>();
    for (Loaded each : all) {
      for (EnhancedAuthenticator method : each.offer().methods()) {
        methods.putIfAbsent(method.method(), new GuardedMethod(each, method));
      }
    }
    return methods;
  }

  /** Those that say what clients may do. */
  List<MqttAuthorizer> authorizers() {
    List<MqttAuthorizer> rights = new ArrayList<>();
    for (Loaded each : all) {
      MqttAuthorizer authorizes = each.offer().authorizes();
      if (authorizes != null) rights.add(new GuardedRights(each, authorizes));
    }
    return rights;
  }

  // Messages

  @Override
  public @Nullable Message incoming(Session from, Message message, boolean will) {
    Message now = message;
    for (Loaded each : all) {
      now = incoming(each, from, now, will);
      if (now == null || now == REFUSED) return now;
    }
    return now;
  }

  private static @Nullable Message incoming(
      Loaded loaded, Session from, Message message, boolean will) {
    WillInterceptor wills = will ? loaded.offer().wills() : null;
    PublishInterceptor publishes = loaded.offer().publishes();
    if (wills == null && publishes == null) return message;
    try {
      Message now = message;
      if (wills != null) now = checked(message, wills.due(sender(from), message));
      if (now == null || publishes == null) return now;
      return checked(now, publishes.incoming(sender(from), now, will));
    } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError failure) {
      loaded.failed(failure);
      return loaded.refuses() ? REFUSED : message;
    }
  }

  @Override
  public boolean reviewsMessages() {
    return reviewsMessages;
  }

  @Override
  public CompletableFuture<Optional<Message>> reviewed(
      Session from, Message message, boolean will) {
    return chains.counted(review(0, from, message, will));
  }

  /** From that extension on. */
  private CompletableFuture<Optional<Message>> review(
      int first, Session from, Message message, boolean will) {
    Message now = message;
    for (int i = first; i < all.length; i++) {
      Loaded each = all[i];
      Message next = incoming(each, from, now, will);
      if (next == null || next == REFUSED) return done(Optional.ofNullable(next));
      now = next;
      PublishReviewer reviewer = each.offer().reviewsPublishes();
      if (reviewer == null) continue;
      Message asked = now;
      CompletableFuture<Optional<Message>> answer =
          each.askLater(
              () -> reviewer.review(sender(from), asked, will),
              said -> Optional.ofNullable(checked(asked, said)),
              () -> Optional.of(each.refuses() ? REFUSED : asked));
      if (!answer.isDone()) {
        int rest = i + 1;
        return answer.thenCompose(
            said ->
                said.isEmpty() || said.get() == REFUSED
                    ? done(said)
                    : review(rest, from, said.get(), will));
      }
      Optional<Message> said = answer.join();
      if (said.isEmpty() || said.get() == REFUSED) return done(said);
      now = said.get();
    }
    return done(Optional.of(now));
  }

  private static CompletableFuture<Optional<Message>> done(Optional<Message> answer) {
    return CompletableFuture.completedFuture(answer);
  }

  @Override
  public @Nullable Message outgoing(Session to, Message message) {
    Message now = message;
    for (Loaded each : all) {
      PublishInterceptor publishes = each.offer().publishes();
      if (publishes == null) continue;
      try {
        Message next = checked(now, publishes.outgoing(sender(to), now));
        if (next == null) return null;
        now = next;
      } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError failure) {
        each.failed(failure);
        if (each.refuses()) return null;
      }
    }
    return now;
  }

  /**
   * What an extension made of a message, if that can be published.
   *
   * @return null: it is held back
   * @throws IllegalStateException its topic is none
   */
  private static @Nullable Message checked(Message before, Optional<Message> said) {
    if (said.isEmpty()) return null;
    Message after = said.get();
    byte[] topic = after.topic();
    if (after == before || topic == before.topic()) return after;
    TopicFault fault = TopicName.fault(topic, 0, topic.length, TopicLimits.WIDEST);
    if (fault == null && Utf8.valid(topic)) return after;
    throw new IllegalStateException("it made a message without a valid topic");
  }

  // Subscriptions

  @Override
  public ReasonCode subscribing(Session session, TopicFilter filter, int qos) {
    ReasonCode granted = ReasonCode.granted(qos);
    for (Loaded each : all) {
      granted = subscribing(each, session, filter, granted);
      if (granted.error()) return granted;
    }
    return granted;
  }

  private static ReasonCode subscribing(
      Loaded loaded, Session session, TopicFilter filter, ReasonCode granted) {
    SubscribeInterceptor subscribes = loaded.offer().subscribes();
    if (subscribes == null) return granted;
    return loaded.ask(
        () ->
            lower(
                granted,
                subscribes.subscribing(sender(session), filter.toString(), granted.code())),
        () -> unanswered(loaded, granted));
  }

  private static ReasonCode unanswered(Loaded loaded, ReasonCode granted) {
    return loaded.refuses() ? ReasonCode.UNSPECIFIED_ERROR : granted;
  }

  /** It may lower what is granted, not raise it. */
  private static ReasonCode lower(ReasonCode granted, ReasonCode said) {
    return said.error() || said.code() < granted.code() ? said : granted;
  }

  @Override
  public boolean reviewsSubscriptions() {
    return reviewsSubscriptions;
  }

  @Override
  public CompletableFuture<ReasonCode> reviewed(Session session, TopicFilter filter, int qos) {
    CompletableFuture<ReasonCode> answer =
        CompletableFuture.completedFuture(ReasonCode.granted(qos));
    for (Loaded each : all) {
      if (each.offer().subscribes() == null && each.offer().reviewsSubscribes() == null) continue;
      answer = answer.thenCompose(granted -> review(each, session, filter, granted));
    }
    return chains.counted(answer);
  }

  private static CompletableFuture<ReasonCode> review(
      Loaded loaded, Session session, TopicFilter filter, ReasonCode granted) {
    if (granted.error()) return CompletableFuture.completedFuture(granted);
    ReasonCode now = subscribing(loaded, session, filter, granted);
    SubscribeReviewer reviewer = loaded.offer().reviewsSubscribes();
    if (reviewer == null || now.error()) return CompletableFuture.completedFuture(now);
    return loaded.askLater(
        () -> reviewer.review(sender(session), filter.toString(), now.code()),
        said -> lower(now, said),
        () -> unanswered(loaded, now));
  }

  @Override
  public int choose(String by, TopicFilter group, Message message, List<Session> ready) {
    for (Loaded each : all) {
      GroupStrategy strategy = each.offer().strategy();
      if (strategy == null || !each.name().equals(by)) continue;
      List<GroupStrategy.Candidate> candidates = new ArrayList<>(ready.size());
      for (Session member : ready) {
        candidates.add(
            new GroupStrategy.Candidate(
                member.clientId(), member.principal().id(), member.inflight()));
      }
      List<GroupStrategy.Candidate> shown = List.copyOf(candidates);
      return each.ask(
          () -> {
            int index = strategy.choose(group.toString(), message, shown);
            if (index >= 0 && index < shown.size()) return index;
            throw new IllegalStateException("it chose " + index + " of " + shown.size());
          },
          () -> -1);
    }
    return -1;
  }

  // Wills

  @Override
  public boolean reviewsWills() {
    return wills;
  }

  @Override
  public void willSaid(
      MqttClient client, Packet.Will will, BiConsumer<Optional<Packet.Will>, ReasonCode> then) {
    Properties kept =
        will.properties()
            .only(id -> id != PropertyId.WILL_DELAY && id != PropertyId.MESSAGE_EXPIRY);
    Message message =
        new Message(
            will.topic(),
            will.payload(),
            will.qos(),
            will.retain(),
            kept,
            Message.NEVER,
            client.clientId());
    Sender sender = new Sender(client.clientId(), client.principal().id());
    CompletableFuture<WillInterceptor.Answer> answer =
        CompletableFuture.completedFuture(new WillInterceptor.Answer.Keep(message));
    for (Loaded each : all) {
      WillInterceptor asked = each.offer().wills();
      if (asked == null) continue;
      answer =
          answer.thenCompose(
              known ->
                  known instanceof WillInterceptor.Answer.Keep(var now)
                      ? announced(each, asked, sender, now)
                      : CompletableFuture.completedFuture(known));
    }
    var _ = // none of the parts fails
        chains
            .counted(answer)
            .thenAccept(
                said -> {
                  switch (said) {
                    case WillInterceptor.Answer.Keep(var now) ->
                        then.accept(Optional.of(will(will, message, now)), ReasonCode.SUCCESS);
                    case WillInterceptor.Answer.Without _ ->
                        then.accept(Optional.empty(), ReasonCode.SUCCESS);
                    case WillInterceptor.Answer.Refuse(var reason) ->
                        then.accept(
                            Optional.empty(), reason.error() ? reason : ReasonCode.NOT_AUTHORIZED);
                  }
                });
  }

  private static CompletableFuture<WillInterceptor.Answer> announced(
      Loaded loaded, WillInterceptor asked, Sender sender, Message will) {
    return loaded.askLater(
        () -> asked.announced(sender, will),
        said -> {
          if (said instanceof WillInterceptor.Answer.Keep(var now)) {
            var _ = checked(will, Optional.of(now));
            if (now.qos() > will.qos()) throw new IllegalStateException("it raised a will's QoS");
          }
          return said;
        },
        () ->
            loaded.refuses()
                ? new WillInterceptor.Answer.Refuse(ReasonCode.SERVER_UNAVAILABLE)
                : new WillInterceptor.Answer.Keep(will));
  }

  private static Packet.Will will(Packet.Will before, Message shown, Message after) {
    if (after == shown) return before;
    Properties.Builder properties = after.properties().and();
    long delay = before.properties().number(PropertyId.WILL_DELAY, -1);
    if (delay >= 0) properties.with(PropertyId.WILL_DELAY, delay);
    long expiry = before.properties().number(PropertyId.MESSAGE_EXPIRY, -1);
    if (expiry >= 0) properties.with(PropertyId.MESSAGE_EXPIRY, expiry);
    return new Packet.Will(
        after.topic(), after.payload(), after.qos(), after.retain(), properties.build());
  }

  // Lives

  @Override
  public void began(Session session) {
    tell(each -> each.sessionBegan(sender(session)));
  }

  @Override
  public void connected(Session session, boolean sessionPresent) {
    tell(each -> each.connected(sender(session), sessionPresent));
  }

  @Override
  public void takenOver(Session session) {
    tell(each -> each.sessionTakenOver(sender(session)));
  }

  @Override
  public void disconnected(Session session, String reason) {
    tell(each -> each.disconnected(sender(session), reason));
  }

  @Override
  public void ended(Session session, boolean expired) {
    tell(each -> each.sessionEnded(sender(session), expired));
  }

  @Override
  public void subscribed(Session session, TopicFilter filter, int qos) {
    tell(each -> each.subscribed(sender(session), filter.toString(), qos));
  }

  @Override
  public void unsubscribed(Session session, TopicFilter filter) {
    tell(each -> each.unsubscribed(sender(session), filter.toString()));
  }

  private void tell(Consumer<LifecycleListener> what) {
    if (!listens) return;
    for (Loaded each : all) {
      LifecycleListener listener = each.offer().listens();
      if (listener != null) each.tell(() -> what.accept(listener));
    }
  }

  private static Sender sender(Session session) {
    return new Sender(session.clientId(), session.principal().id());
  }
}
