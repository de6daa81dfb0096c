package io.fairlead.net.dial;

import io.fairlead.core.time.Clock;
import io.fairlead.net.loop.EventLoops;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.dns.DefaultDnsQuestion;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsNameResolverTimeoutException;
import io.netty.resolver.dns.SequentialDnsServerAddressStreamProvider;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks name servers over UDP and TCP, from the loop that wants to know; one cache for all loops.
 */
final class DnsResolver implements NameResolver {
  private static final long CLOSED_LATER_MILLIS_MAX = 60_000;

  private final EventLoops loops;
  private final List<InetSocketAddress> servers;
  private final BoundedDnsCache cache;
  private final ConcurrentHashMap<EventLoop, Asking> perLoop = new ConcurrentHashMap<>();

  /** What one loop asks with. */
  private record Asking(DnsNameResolver resolver, Duration query) {}

  DnsResolver(EventLoops loops, List<InetSocketAddress> servers, BoundedDnsCache cache) {
    if (servers.isEmpty()) throw new IllegalArgumentException("name servers: none");
    this.loops = loops;
    this.servers = List.copyOf(servers);
    this.cache = cache;
  }

  @Override
  public CompletionStage<List<InetAddress>> resolve(String host, EventLoop loop) {
    CompletableFuture<List<InetAddress>> answer = new CompletableFuture<>();
    Duration query = cache.limits().query();
    perLoop
        .compute(loop, (_, asking) -> asking(asking, loop, query))
        .resolver()
        .resolveAll(host)
        .addListener(
            (io.netty.util.concurrent.Future<List<InetAddress>> lookup) -> {
              if (lookup.isSuccess() && !lookup.getNow().isEmpty()) {
                answer.complete(List.copyOf(lookup.getNow()));
              } else {
                countLate(lookup.cause());
                answer.completeExceptionally(new UnknownHostException(host));
              }
            });
    return answer;
  }

  @Override
  public CompletionStage<List<String>> texts(String name, EventLoop loop) {
    CompletableFuture<List<String>> answer = new CompletableFuture<>();
    Duration query = cache.limits().query();
    String absolute = name.endsWith(".") ? name : name + ".";
    loop.execute(
        () ->
            perLoop
                .compute(loop, (_, asking) -> asking(asking, loop, query))
                .resolver()
                .resolveAll(new DefaultDnsQuestion(absolute, DnsRecordType.TXT))
                .addListener(
                    (io.netty.util.concurrent.Future<List<DnsRecord>> lookup) -> {
                      if (!lookup.isSuccess()) {
                        countLate(lookup.cause());
                        answer.completeExceptionally(new UnknownHostException(name));
                        return;
                      }
                      List<DnsRecord> records = lookup.getNow();
                      List<String> texts = TextRecords.read(records);
                      records.forEach(ReferenceCountUtil::release);
                      answer.complete(texts);
                    }));
    return answer;
  }

  private void countLate(@Nullable Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof DnsNameResolverTimeoutException) {
        cache.meters().late().run();
        return;
      }
    }
  }

  @Override
  public NameResolver asking(NameServers other, EventLoops loops, Clock clock) {
    return new DnsResolver(loops, other.servers(), cache.forAnswersOf(other));
  }

  @Override
  public void close() {
    perLoop.values().forEach(asking -> asking.resolver().close());
    perLoop.clear();
  }

  /** That one, or another when it waits for another time; on the loop. */
  private Asking asking(@Nullable Asking present, EventLoop loop, Duration query) {
    if (present != null && present.query().equals(query)) return present;
    // Questions under way keep theirs: closed, it would fail them.
    if (present != null) {
      var _ =
          loop.schedule(
              present.resolver()::close,
              Math.min(present.query().toMillis(), CLOSED_LATER_MILLIS_MAX),
              TimeUnit.MILLISECONDS);
    }
    return new Asking(create(loop, query), query);
  }

  private DnsNameResolver create(EventLoop loop, Duration query) {
    return new DnsNameResolverBuilder(loop)
        .datagramChannelFactory(loops.datagramChannels())
        .socketChannelFactory(loops.socketChannels())
        .nameServerProvider(
            new SequentialDnsServerAddressStreamProvider(servers.toArray(InetSocketAddress[]::new)))
        .queryTimeoutMillis(Math.min(query.toMillis(), Integer.MAX_VALUE))
        .resolveCache(cache)
        .resolvedAddressTypes(ResolvedAddressTypes.IPV6_PREFERRED)
        .completeOncePreferredResolved(false) // happy eyeballs wants both families
        .build();
  }
}
