package io.fairlead.net.http;

import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Principal;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.live.Severable;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** A live record that only counts. */
final class PlainLive implements LiveConnection {
  @Override
  public SocketAddress wanted() {
    return local();
  }

  @Override
  public void speaksFor(SocketAddress client, SocketAddress wanted) {
    throw new UnsupportedOperationException("speaksFor");
  }

  private final Channel channel;
  final AtomicLong received = new AtomicLong();
  final AtomicLong sent = new AtomicLong();
  private volatile String kind = "";
  private volatile String destination = "";
  private volatile String reason = "";

  PlainLive(Channel channel) {
    this.channel = channel;
  }

  @Override
  public long id() {
    return 1;
  }

  @Override
  public String listener() {
    return "test";
  }

  @Override
  public SocketAddress remote() {
    SocketAddress address = channel.remoteAddress();
    return address == null ? new InetSocketAddress(0) : address;
  }

  @Override
  public SocketAddress peer() {
    return remote();
  }

  @Override
  public SocketAddress local() {
    SocketAddress address = channel.localAddress();
    return address == null ? new InetSocketAddress(0) : address;
  }

  @Override
  public long acceptedAtNanos() {
    return 0;
  }

  @Override
  public String kind() {
    return kind;
  }

  @Override
  public Principal principal() {
    return Principal.ANONYMOUS;
  }

  @Override
  public String destination() {
    return destination;
  }

  @Override
  public long receivedBytes() {
    return received.get();
  }

  @Override
  public long sentBytes() {
    return sent.get();
  }

  @Override
  public void kind(String next) {
    kind = next;
  }

  @Override
  public void destination(String next) {
    destination = next;
  }

  @Override
  public void bind(Principal principal) {}

  @Override
  public void bindDestination(Optional<EntryId> entry) {}

  @Override
  public Runnable carries(EntryId entry, Severable work) {
    return () -> {};
  }

  @Override
  public void addReceived(long bytes) {
    received.addAndGet(bytes);
  }

  @Override
  public void addSent(long bytes) {
    sent.addAndGet(bytes);
  }

  @Override
  public void onClosed(Runnable action) {
    channel.closeFuture().addListener(_ -> action.run());
  }

  @Override
  public Optional<String> cutReason() {
    return reason.isEmpty() ? Optional.empty() : Optional.of(reason);
  }

  @Override
  public void cut(String why) {
    reason = why;
    channel.close();
  }
}
