package io.fairlead.http.upstream;

import io.fairlead.core.dial.Destination;
import io.fairlead.net.http.ForwardPlan;
import java.util.concurrent.atomic.LongAdder;

/**
 * One server of a cluster while the process knows it. Any thread; survives a reload that does not
 * change where it is or how it is spoken to.
 */
public final class Endpoint {
  private final ForwardPlan.Key key;
  private final boolean secured;
  private final String authority;
  private final LongAdder active = new LongAdder();
  private final LongAdder requests = new LongAdder();
  private final LongAdder failures = new LongAdder();

  Endpoint(ForwardPlan.Key key, boolean secured) {
    this.key = key;
    this.secured = secured;
    this.authority = authorityOf(key.destination(), secured);
  }

  private static String authorityOf(Destination destination, boolean secured) {
    return switch (destination) {
      case Destination.HostPort(String host, int port) when port == (secured ? 443 : 80) ->
          host.indexOf(':') >= 0 ? "[" + host + "]" : host;
      case Destination.HostPort hostPort -> hostPort.toString();
      case Destination.UnixSocket _ -> "localhost";
      case Destination.Peer(String id, _) -> id;
      case Destination.Tunnel(_, String service) -> service;
    };
  }

  /** Which pooled connections lead to it. */
  public ForwardPlan.Key key() {
    return key;
  }

  public Destination destination() {
    return key.destination();
  }

  public boolean secured() {
    return secured;
  }

  /** What {@code Host} says when the client said nothing. */
  public String authority() {
    return authority;
  }

  /** A request was given to it. */
  public void began() {
    active.increment();
    requests.increment();
  }

  /** The request is over. */
  public void ended(boolean failed) {
    active.decrement();
    if (failed) failures.increment();
  }

  /** Requests in flight. */
  public long active() {
    return active.sum();
  }

  /** Requests ever given to it. */
  public long requests() {
    return requests.sum();
  }

  /** Requests that failed because of it. */
  public long failures() {
    return failures.sum();
  }

  @Override
  public String toString() {
    return key.destination().toString();
  }
}
