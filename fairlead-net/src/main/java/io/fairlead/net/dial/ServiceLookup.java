package io.fairlead.net.dial;

import io.fairlead.core.config.Environment;
import io.fairlead.net.loop.EventLoops;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.dns.DefaultDnsQuestion;
import io.netty.handler.codec.dns.DefaultDnsRecordDecoder;
import io.netty.handler.codec.dns.DnsRawRecord;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.resolver.dns.DnsErrorCauseException;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.NoopDnsCache;
import io.netty.resolver.dns.SequentialDnsServerAddressStreamProvider;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks names up with what dialing does not need: how long the answer holds, and SRV records (RFC
 * 2782). Asks the name servers each time; {@code localhost} and addresses are answered without.
 * Where a part of an answer is missing because no server gave it, its last good one stands in.
 * Thread-safe; answers come on its event loop.
 */
public final class ServiceLookup implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ServiceLookup.class);
  private static final long QUERY_MILLIS_MAX = 5_000;
  private static final Duration TTL_UNKNOWN = Duration.ofSeconds(30);
  private static final int RECORDS_MAX = 1000;
  private static final int NAMES_MAX = 2000;
  private static final long RETRY_SECONDS = 5; // of what was not answered

  /**
   * One host that serves.
   *
   * @param weight of an SRV record, else 0
   * @param priority of an SRV record, else 0
   */
  public record Host(InetAddress address, int port, int weight, int priority) {}

  /**
   * An answer.
   *
   * @param ttl the shortest of its records
   */
  public record Answer(List<Host> hosts, Duration ttl) {
    public Answer {
      hosts = List.copyOf(hosts);
    }
  }

  private record Asked(String name, DnsRecordType type) {}

  private record Service(String target, int port, int weight, int priority) {}

  private final EventLoops loops;
  private final EventLoop loop;
  private final NameResolver fallback;
  private final List<InetSocketAddress> servers;
  // One kind of address may not be answered while the other is, or one target of many.
  private final Map<Asked, List<InetAddress>> lastGood =
      Collections.synchronizedMap(
          new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Asked, List<InetAddress>> eldest) {
              return size() > NAMES_MAX;
            }
          });
  private volatile boolean closed;
  private final CompletableFuture<DnsNameResolver> resolver = new CompletableFuture<>();

  /**
   * @param fallback for addresses where no name server is known; cannot find SRV records
   */
  public ServiceLookup(EventLoops loops, EventLoop loop, NameResolver fallback) {
    this(loops, loop, fallback, SystemNameServers.read(Environment.ofProcess()));
  }

  ServiceLookup(
      EventLoops loops, EventLoop loop, NameResolver fallback, List<InetSocketAddress> servers) {
    this.loops = loops;
    this.loop = loop;
    this.fallback = fallback;
    this.servers = List.copyOf(servers);
  }

  /** Asks other name servers than the system's. */
  public static ServiceLookup of(
      EventLoops loops, EventLoop loop, NameResolver fallback, List<InetSocketAddress> servers) {
    return new ServiceLookup(loops, loop, fallback, servers);
  }

  /** A and AAAA records. */
  public CompletionStage<Answer> addresses(String name, int port) {
    if (name.equals("localhost") || servers.isEmpty()) {
      return fallback
          .resolve(name, loop)
          .thenApply(
              found ->
                  new Answer(
                      found.stream().map(address -> new Host(address, port, 0, 0)).toList(),
                      TTL_UNKNOWN));
    }
    return addresses(name, port, 0, 0, false);
  }

  /** SRV records and the addresses of their targets. */
  public CompletionStage<Answer> services(String name) {
    CompletableFuture<List<DnsRecord>> asked = query(name, DnsRecordType.SRV);
    return asked.thenCompose(
        records -> {
          List<Service> services = new ArrayList<>();
          long ttl = Long.MAX_VALUE;
          try {
            for (DnsRecord record : records) {
              if (!(record instanceof DnsRawRecord raw)) continue;
              if (!record.type().equals(DnsRecordType.SRV)) continue;
              ByteBuf data = raw.content();
              if (data.readableBytes() < 7 || services.size() >= RECORDS_MAX) continue;
              int priority = data.readUnsignedShort();
              int weight = data.readUnsignedShort();
              int port = data.readUnsignedShort();
              String target = DefaultDnsRecordDecoder.decodeName(data);
              ttl = Math.min(ttl, record.timeToLive());
              if (port > 0 && !target.equals(".")) {
                services.add(new Service(target, port, weight, priority));
              }
            }
          } finally {
            records.forEach(ReferenceCountUtil::release);
          }
          return targets(services, ttl);
        });
  }

  @Override
  public void close() {
    closed = true;
    resolver.thenAccept(DnsNameResolver::close);
  }

  private CompletionStage<Answer> targets(List<Service> services, long ttl) {
    List<CompletableFuture<Answer>> asked = new ArrayList<>();
    for (Service service : services) {
      asked.add(
          addresses(service.target(), service.port(), service.weight(), service.priority(), true)
              .exceptionally(_ -> new Answer(List.of(), Duration.ofSeconds(ttl))));
    }
    return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .thenApply(
            _ -> {
              List<Host> hosts = new ArrayList<>();
              Duration shortest = Duration.ofSeconds(Math.min(ttl, TTL_UNKNOWN.toSeconds()));
              for (CompletableFuture<Answer> one : asked) {
                Answer answer = one.join();
                hosts.addAll(answer.hosts());
                if (answer.ttl().compareTo(shortest) < 0) shortest = answer.ttl();
              }
              return new Answer(hosts, shortest);
            });
  }

  /**
   * @param ofService keeps the last good addresses when no server answers; else whoever asks does
   */
  private CompletableFuture<Answer> addresses(
      String name, int port, int weight, int priority, boolean ofService) {
    return part(name, DnsRecordType.A)
        .thenCombine(
            part(name, DnsRecordType.AAAA),
            (v4, v6) -> {
              List<Host> hosts = new ArrayList<>();
              if (ofService || v4.answered() || v6.answered()) {
                for (Part each : List.of(v4, v6)) {
                  for (InetAddress address : each.addresses()) {
                    hosts.add(new Host(address, port, weight, priority));
                  }
                }
              }
              return new Answer(hosts, Duration.ofSeconds(Math.min(v4.ttl(), v6.ttl())));
            })
        .thenCompose(
            answer ->
                answer.hosts().isEmpty()
                    ? CompletableFuture.failedFuture(new UnknownHostException(name))
                    : CompletableFuture.completedFuture(answer));
  }

  /**
   * The addresses of one kind; never fails.
   *
   * @param answered whether a server said so; else they are the last it said
   * @param ttl seconds they hold
   */
  private record Part(List<InetAddress> addresses, long ttl, boolean answered) {}

  private CompletableFuture<Part> part(String name, DnsRecordType type) {
    Asked asked = new Asked(absolute(name).toLowerCase(Locale.ROOT), type);
    return query(name, type)
        .handle(
            (records, failure) -> {
              if (failure == null) {
                try {
                  return part(asked, records);
                } finally {
                  records.forEach(ReferenceCountUtil::release);
                }
              }
              if (saysNone(failure)) {
                lastGood.remove(asked);
                return new Part(List.of(), Long.MAX_VALUE, true);
              }
              List<InetAddress> last = lastGood.getOrDefault(asked, List.of());
              return new Part(last, last.isEmpty() ? Long.MAX_VALUE : RETRY_SECONDS, false);
            });
  }

  private Part part(Asked asked, List<DnsRecord> records) {
    List<InetAddress> addresses = new ArrayList<>();
    long ttl = Long.MAX_VALUE;
    for (DnsRecord record : records) {
      boolean address =
          record.type().equals(DnsRecordType.A) || record.type().equals(DnsRecordType.AAAA);
      if (!(record instanceof DnsRawRecord raw) || addresses.size() >= RECORDS_MAX) continue;
      ttl = Math.min(ttl, record.timeToLive()); // of aliases on the way, too
      if (!address) continue;
      byte[] bytes = new byte[raw.content().readableBytes()];
      raw.content().getBytes(raw.content().readerIndex(), bytes);
      try {
        addresses.add(InetAddress.getByAddress(bytes));
      } catch (UnknownHostException badLength) {
        log.atDebug().addKeyValue("bytes", bytes.length).log("address record of a bad length");
      }
    }
    lastGood.put(asked, List.copyOf(addresses));
    return new Part(addresses, ttl, true);
  }

  /**
   * Whether a server said that there is no such name, or no such record of it, for which Netty
   * gives no cause.
   */
  private static boolean saysNone(Throwable failure) {
    Throwable cause = failure.getCause();
    return cause == null
        ? failure instanceof UnknownHostException
        : cause instanceof DnsErrorCauseException told
            && told.getCode().equals(DnsResponseCode.NXDOMAIN);
  }

  private CompletableFuture<List<DnsRecord>> query(String name, DnsRecordType type) {
    CompletableFuture<List<DnsRecord>> answer = new CompletableFuture<>();
    if (servers.isEmpty() || closed) {
      answer.completeExceptionally(new UnknownHostException(name + ": no name server"));
      return answer;
    }
    String absolute = absolute(name);
    loop.execute(
        () ->
            resolver()
                .resolveAll(new DefaultDnsQuestion(absolute, type))
                .addListener(
                    (io.netty.util.concurrent.Future<List<DnsRecord>> lookup) -> {
                      if (lookup.isSuccess()) answer.complete(lookup.getNow());
                      else answer.completeExceptionally(lookup.cause());
                    }));
    return answer;
  }

  private static String absolute(String name) {
    return name.endsWith(".") ? name : name + ".";
  }

  /** On the loop. */
  private DnsNameResolver resolver() {
    if (!resolver.isDone()) {
      resolver.complete(
          new DnsNameResolverBuilder(loop)
              .datagramChannelFactory(loops.datagramChannels())
              .socketChannelFactory(loops.socketChannels())
              .nameServerProvider(
                  new SequentialDnsServerAddressStreamProvider(
                      servers.toArray(InetSocketAddress[]::new)))
              .queryTimeoutMillis(QUERY_MILLIS_MAX)
              .resolveCache(NoopDnsCache.INSTANCE)
              .build());
    }
    return resolver.join();
  }
}
