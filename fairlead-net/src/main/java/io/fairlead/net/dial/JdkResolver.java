package io.fairlead.net.dial;

import io.fairlead.core.time.Clock;
import io.fairlead.net.loop.EventLoops;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;

/**
 * The JDK's resolver on virtual threads, at most {@link #LOOKUPS_MAX} at a time; more fail at once.
 * The JDK keeps answers for 30 seconds.
 */
final class JdkResolver implements NameResolver {
  private static final int LOOKUPS_MAX = 256;

  private final Semaphore lookups = new Semaphore(LOOKUPS_MAX);
  private final BoundedDnsCache cache;

  /**
   * @param cache gives those their bounds that ask servers of their own; nothing is put into it
   */
  JdkResolver(BoundedDnsCache cache) {
    this.cache = cache;
  }

  @Override
  public CompletionStage<List<InetAddress>> resolve(String host, EventLoop loop) {
    CompletableFuture<List<InetAddress>> answer = new CompletableFuture<>();
    if (!lookups.tryAcquire()) {
      answer.completeExceptionally(new UnknownHostException(host + ": too many lookups"));
      return answer;
    }
    Thread.ofVirtual().name("resolve").start(() -> lookUp(host, loop, answer));
    return answer;
  }

  @Override
  public NameResolver asking(NameServers servers, EventLoops loops, Clock clock) {
    return new DnsResolver(loops, servers.servers(), cache.forAnswersOf(servers));
  }

  @Override
  public void close() {}

  private void lookUp(String host, EventLoop loop, CompletableFuture<List<InetAddress>> answer) {
    try {
      List<InetAddress> addresses = List.of(InetAddress.getAllByName(host));
      loop.execute(() -> answer.complete(addresses));
    } catch (UnknownHostException unknown) {
      loop.execute(() -> answer.completeExceptionally(unknown));
    } finally {
      lookups.release();
    }
  }
}
