package io.fairlead.proxy.socks;

import io.fairlead.core.mailbox.Machine;
import io.fairlead.proxy.codec.SocksDecoder.Expected;
import io.fairlead.proxy.codec.SocksMessage;
import io.fairlead.proxy.codec.SocksMessage.Command;
import io.fairlead.proxy.codec.SocksMessage.Fault;
import io.fairlead.proxy.codec.SocksReply;
import io.fairlead.proxy.codec.SocksReply.Code;
import io.fairlead.proxy.forward.Refusal;
import io.fairlead.proxy.forward.Refusal.Kind;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * One SOCKS handshake, from the first message to the relay.
 *
 * <pre>
 * Greeting        --greeting, acceptable, no auth-->  Request5        (Send 05 00)
 * Greeting        --greeting, acceptable, auth-->     Password        (Send 05 02)
 * Greeting        --greeting, nothing acceptable-->   Closed          (Send 05 FF, CloseAfterFlush)
 * Password        --password-->                       Authenticating5 (Authenticate)
 * Authenticating5 --authenticated-->                  Request5        (Send 01 00)
 * Authenticating5 --refused-->                        Closed          (Send 01 01, CloseAfterFlush)
 * Request5        --CONNECT-->                        Opening5        (OpenFlow)
 * Request5        --UDP ASSOCIATE, enabled-->         Associating     (Associate)
 * Request5        --BIND, enabled-->                  Binding         (Listen)
 * Request5        --any other-->                      Closed          (Send reply, CloseAfterFlush)
 * Request4        --CONNECT, no auth-->               Opening4        (OpenFlow)
 * Request4        --CONNECT, userid is the account--> Authenticating4 (AuthenticateUserid)
 * Request4        --any other-->                      Closed          (Send 91, CloseAfterFlush)
 * Authenticating4 --authenticated-->                  Opening4        (OpenFlow)
 * Authenticating4 --refused-->                        Closed          (Send 91, CloseAfterFlush)
 * Associating     --associated-->                     Associated      (Send granted)
 * Associating     --refused-->                        Closed          (Send code, CloseAfterFlush)
 * Binding         --listening-->                      Awaiting        (Send granted)
 * Awaiting        --opened-->                         Joined          (Send granted, Join)
 * Opening         --opened-->                         Joined          (Send granted, Join)
 * Opening, Binding, Awaiting --refused-->             Closed          (Send code, CloseAfterFlush)
 * Authenticating  --throttled-->                      Closed          (Tarpit)
 * any open        --timed out-->                      Closed          (Send code where due, close)
 * any open        --peer gone-->                      Closed          (Close)
 * </pre>
 *
 * Not thread-safe: owned by the connection's event loop.
 */
public final class SocksHandshake implements Machine<SocksInput, SocksEffect> {
  /**
   * What the service allows.
   *
   * @param enabled whether this version is among the modes
   * @param authRequired whether the service has accounts
   * @param useridIsAccount version 4: the userid names an account, without a password
   * @param hideEgress whether the outbound address is kept from the client
   * @param udp version 5: whether datagrams are relayed
   * @param bind version 5: whether connections may be waited for
   */
  public record Rules(
      boolean enabled,
      boolean authRequired,
      boolean useridIsAccount,
      boolean hideEgress,
      boolean udp,
      boolean bind) {}

  private sealed interface State {
    record Greeting() implements State {}

    record Password() implements State {}

    record Authenticating5() implements State {}

    record Request5() implements State {}

    record Opening5() implements State {}

    record Associating() implements State {}

    record Associated() implements State {}

    record Binding() implements State {}

    record Awaiting() implements State {}

    record Request4() implements State {}

    record Authenticating4(SocksMessage.Request4 request) implements State {}

    record Opening4() implements State {}

    record Joined() implements State {}

    record Closed() implements State {}
  }

  private static final Refusal TIMED_OUT =
      Refusal.of(Kind.MALFORMED, "the handshake was not complete in time");

  private final Rules rules;
  private State state;

  private SocksHandshake(Rules rules, State first) {
    this.rules = rules;
    this.state = first;
  }

  /** For a client whose first byte is 5. */
  public static SocksHandshake version5(Rules rules) {
    return new SocksHandshake(rules, new State.Greeting());
  }

  /** For a client whose first byte is 4. */
  public static SocksHandshake version4(Rules rules) {
    return new SocksHandshake(rules, new State.Request4());
  }

  /** The message it waits for; empty while something else is awaited or all is said. */
  public Optional<Expected> expected() {
    return switch (state) {
      case State.Greeting _ -> Optional.of(Expected.GREETING);
      case State.Password _ -> Optional.of(Expected.PASSWORD);
      case State.Request5 _ -> Optional.of(Expected.REQUEST_5);
      case State.Request4 _ -> Optional.of(Expected.REQUEST_4);
      case State.Authenticating5 _,
          State.Opening5 _,
          State.Associating _,
          State.Associated _,
          State.Binding _,
          State.Awaiting _,
          State.Authenticating4 _,
          State.Opening4 _,
          State.Joined _,
          State.Closed _ ->
          Optional.empty();
    };
  }

  @Override
  public void accept(SocksInput input, long nowNanos, Consumer<? super SocksEffect> effects) {
    state =
        switch (input) {
          case SocksInput.Received(SocksMessage message) -> received(message, effects);
          case SocksInput.Authenticated _ -> authenticated(effects);
          case SocksInput.AuthRefused(Refusal refusal) -> authRefused(refusal, effects);
          case SocksInput.Opened opened -> opened(opened, effects);
          case SocksInput.Listening(InetSocketAddress local) -> listening(local, effects);
          case SocksInput.Associated(InetSocketAddress relay) -> associated(relay, effects);
          case SocksInput.OpenRefused(Refusal refusal) -> openRefused(refusal, effects);
          case SocksInput.TimedOut _ -> timedOut(effects);
          case SocksInput.PeerGone _ -> {
            if (!ended()) effects.accept(new SocksEffect.Close());
            yield state instanceof State.Joined ? state : new State.Closed();
          }
        };
  }

  private State received(SocksMessage message, Consumer<? super SocksEffect> effects) {
    return switch (message) {
      case SocksMessage.Greeting greeting when state instanceof State.Greeting ->
          greeted(greeting, effects);
      case SocksMessage.Password password when state instanceof State.Password -> {
        effects.accept(new SocksEffect.Authenticate(password.user(), password.password()));
        yield new State.Authenticating5();
      }
      case SocksMessage.Request5 request when state instanceof State.Request5 ->
          requested(request, effects);
      case SocksMessage.Associate5 request when state instanceof State.Request5 -> {
        if (!rules.udp()) yield unsupported(Command.UDP_ASSOCIATE, effects);
        effects.accept(new SocksEffect.Associate(request));
        yield new State.Associating();
      }
      case SocksMessage.Bind5 request when state instanceof State.Request5 -> {
        if (!rules.bind()) yield unsupported(Command.BIND, effects);
        effects.accept(new SocksEffect.Listen(request));
        yield new State.Binding();
      }
      case SocksMessage.Request4 request when state instanceof State.Request4 ->
          requested(request, effects);
      case SocksMessage.Malformed(Fault fault) -> malformed(fault, effects);
      case SocksMessage.Greeting _,
          SocksMessage.Password _,
          SocksMessage.Request5 _,
          SocksMessage.Associate5 _,
          SocksMessage.Bind5 _,
          SocksMessage.Request4 _ ->
          throw new IllegalStateException(message + " in " + state + " (expected: " + expected());
    };
  }

  private State greeted(SocksMessage.Greeting greeting, Consumer<? super SocksEffect> effects) {
    if (!rules.enabled()) {
      return refuse(
          Refusal.of(Kind.MODE_DISABLED, "SOCKS 5 is not enabled here"),
          SocksReply.Method.UNACCEPTABLE,
          effects);
    }
    if (rules.authRequired() ? greeting.offersPassword() : greeting.offersNone()) {
      effects.accept(
          new SocksEffect.Send(
              rules.authRequired() ? SocksReply.Method.PASSWORD : SocksReply.Method.NONE));
      return rules.authRequired() ? new State.Password() : new State.Request5();
    }
    return refuse(
        Refusal.of(Kind.AUTH_REQUIRED, "no acceptable authentication method was offered"),
        SocksReply.Method.UNACCEPTABLE,
        effects);
  }

  private State requested(SocksMessage.Request5 request, Consumer<? super SocksEffect> effects) {
    if (request.command() == Command.CONNECT) {
      effects.accept(new SocksEffect.OpenFlow(request.destination()));
      return new State.Opening5();
    }
    return unsupported(request.command(), effects);
  }

  private State unsupported(Command command, Consumer<? super SocksEffect> effects) {
    return refuse(
        Refusal.of(Kind.COMMAND_UNSUPPORTED, "command: " + command),
        failure(Code.COMMAND_UNSUPPORTED),
        effects);
  }

  private State requested(SocksMessage.Request4 request, Consumer<? super SocksEffect> effects) {
    if (!rules.enabled()) {
      return refuse(
          Refusal.of(Kind.MODE_DISABLED, "SOCKS 4 is not enabled here"), REJECTED_4, effects);
    }
    if (request.command() != Command.CONNECT) {
      return refuse(
          Refusal.of(Kind.COMMAND_UNSUPPORTED, "command: " + request.command()),
          REJECTED_4,
          effects);
    }
    if (!rules.authRequired()) {
      effects.accept(new SocksEffect.OpenFlow(request.destination()));
      return new State.Opening4();
    }
    if (!rules.useridIsAccount()) {
      return refuse(Refusal.of(Kind.AUTH_REQUIRED, "SOCKS 4 has no password"), REJECTED_4, effects);
    }
    effects.accept(new SocksEffect.AuthenticateUserid(request.userid()));
    return new State.Authenticating4(request);
  }

  private State malformed(Fault fault, Consumer<? super SocksEffect> effects) {
    Refusal refusal =
        Refusal.of(
            fault == Fault.ADDRESS_TYPE ? Kind.ADDRESS_TYPE_UNSUPPORTED : Kind.MALFORMED,
            "malformed SOCKS message: " + fault);
    return switch (state) {
      case State.Greeting _ -> refuse(refusal, SocksReply.Method.UNACCEPTABLE, effects);
      case State.Password _ -> refuse(refusal, new SocksReply.AuthStatus(false), effects);
      case State.Request5 _ -> refuse(refusal, failure(refusal.kind().socks()), effects);
      case State.Request4 _ when fault == Fault.ADDRESS -> refuse(refusal, REJECTED_4, effects);
      case State.Request4 _ -> {
        effects.accept(new SocksEffect.Rejected(refusal));
        effects.accept(new SocksEffect.Close());
        yield new State.Closed();
      }
      case State.Authenticating5 _,
          State.Opening5 _,
          State.Associating _,
          State.Associated _,
          State.Binding _,
          State.Awaiting _,
          State.Authenticating4 _,
          State.Opening4 _,
          State.Joined _,
          State.Closed _ ->
          throw new IllegalStateException("decoded a message in " + state);
    };
  }

  private State authenticated(Consumer<? super SocksEffect> effects) {
    if (state instanceof State.Authenticating5) {
      effects.accept(new SocksEffect.Send(new SocksReply.AuthStatus(true)));
      return new State.Request5();
    }
    if (state instanceof State.Authenticating4(SocksMessage.Request4 request)) {
      effects.accept(new SocksEffect.OpenFlow(request.destination()));
      return new State.Opening4();
    }
    return state; // the answer to a client that has gone
  }

  private State authRefused(Refusal refusal, Consumer<? super SocksEffect> effects) {
    boolean asked =
        state instanceof State.Authenticating5 || state instanceof State.Authenticating4;
    if (!asked) return state; // the answer to a client that has gone
    if (refusal.kind() == Kind.THROTTLED) {
      effects.accept(new SocksEffect.Rejected(refusal));
      effects.accept(new SocksEffect.Tarpit());
      return new State.Closed();
    }
    return refuse(
        refusal,
        state instanceof State.Authenticating5 ? new SocksReply.AuthStatus(false) : REJECTED_4,
        effects);
  }

  private State opened(SocksInput.Opened opened, Consumer<? super SocksEffect> effects) {
    Optional<InetSocketAddress> bound = rules.hideEgress() ? Optional.empty() : opened.local();
    if (state instanceof State.Opening5) {
      effects.accept(new SocksEffect.Send(new SocksReply.Reply5(Code.SUCCEEDED, bound)));
    } else if (state instanceof State.Awaiting) {
      effects.accept(new SocksEffect.Send(new SocksReply.Reply5(Code.SUCCEEDED, opened.local())));
    } else if (state instanceof State.Opening4) {
      effects.accept(new SocksEffect.Send(new SocksReply.Reply4(true, bound)));
    } else {
      throw new IllegalStateException("opened in " + state + " (expected: Opening)");
    }
    effects.accept(new SocksEffect.Join());
    return new State.Joined();
  }

  private State listening(InetSocketAddress local, Consumer<? super SocksEffect> effects) {
    if (!(state instanceof State.Binding)) return state; // the client has gone
    effects.accept(new SocksEffect.Send(new SocksReply.Reply5(Code.SUCCEEDED, Optional.of(local))));
    return new State.Awaiting();
  }

  private State associated(InetSocketAddress relay, Consumer<? super SocksEffect> effects) {
    if (!(state instanceof State.Associating)) return state; // the client has gone
    effects.accept(new SocksEffect.Send(new SocksReply.Reply5(Code.SUCCEEDED, Optional.of(relay))));
    return new State.Associated();
  }

  private State openRefused(Refusal refusal, Consumer<? super SocksEffect> effects) {
    if (state instanceof State.Opening5
        || state instanceof State.Associating
        || state instanceof State.Binding
        || state instanceof State.Awaiting) {
      return refuse(refusal, failure(refusal.kind().socks()), effects);
    }
    if (state instanceof State.Opening4) return refuse(refusal, REJECTED_4, effects);
    return state; // the answer to a client that has gone
  }

  private State timedOut(Consumer<? super SocksEffect> effects) {
    return switch (state) {
      case State.Greeting _ -> {
        effects.accept(new SocksEffect.Rejected(TIMED_OUT));
        effects.accept(new SocksEffect.Close()); // no version was agreed on, so no answer has one
        yield new State.Closed();
      }
      case State.Password _, State.Authenticating5 _ ->
          refuse(TIMED_OUT, new SocksReply.AuthStatus(false), effects);
      case State.Request5 _ -> refuse(TIMED_OUT, failure(Code.GENERAL_FAILURE), effects);
      case State.Request4 _, State.Authenticating4 _ -> refuse(TIMED_OUT, REJECTED_4, effects);
      case State.Opening5 _,
          State.Opening4 _,
          State.Associating _,
          State.Binding _,
          State.Awaiting _ ->
          state; // what is under way has a time-out of its own
      case State.Associated _, State.Joined _, State.Closed _ -> state;
    };
  }

  private State refuse(Refusal refusal, SocksReply reply, Consumer<? super SocksEffect> effects) {
    effects.accept(new SocksEffect.Rejected(refusal));
    effects.accept(new SocksEffect.Send(reply));
    effects.accept(new SocksEffect.CloseAfterFlush());
    return new State.Closed();
  }

  private boolean ended() {
    return state instanceof State.Joined || state instanceof State.Closed;
  }

  private static final SocksReply REJECTED_4 = new SocksReply.Reply4(false, Optional.empty());

  private static SocksReply failure(Code code) {
    return new SocksReply.Reply5(code, Optional.empty());
  }
}
