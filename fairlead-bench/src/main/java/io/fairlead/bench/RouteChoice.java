package io.fairlead.bench;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.http.route.PathPattern;
import io.fairlead.http.route.RequestFacts;
import io.fairlead.http.route.RequestIds;
import io.fairlead.http.route.RouteMatch;
import io.fairlead.http.route.RouteTable;
import io.fairlead.http.route.TrustedProxies;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Which of a hundred routes takes a request. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RouteChoice {
  private static final int ROUTES = 100;

  private final RouteTable<Integer> table = table();
  private final RequestIds ids = new RequestIds(Clock.system(), Randomness.seeded(1));
  private final SampleHead first = new SampleHead("/service-0/items");
  private final SampleHead last = new SampleHead("/service-99/items");
  private final SampleHead none = new SampleHead("/elsewhere");

  /** The first route. */
  @Benchmark
  public RouteTable.@Nullable Entry<Integer> first() {
    return choose(first);
  }

  /** The last route. */
  @Benchmark
  public RouteTable.@Nullable Entry<Integer> last() {
    return choose(last);
  }

  /** No route. */
  @Benchmark
  public RouteTable.@Nullable Entry<Integer> none() {
    return choose(none);
  }

  private RouteTable.@Nullable Entry<Integer> choose(SampleHead head) {
    return table.match(
        new RequestFacts(
            head,
            head.pathAndQuery(),
            "",
            InetAddress.getLoopbackAddress(),
            TrustedProxies.NOBODY,
            ids));
  }

  private static RouteTable<Integer> table() {
    List<RouteTable.Entry<Integer>> entries = new ArrayList<>();
    for (int i = 0; i < ROUTES; i++) {
      RouteMatch match =
          new RouteMatch(
              List.of(),
              Optional.of(PathPattern.parse("/service-" + i + "/*")),
              List.of(),
              List.of(),
              Map.of(),
              Map.of(),
              List.of(),
              List.of());
      entries.add(new RouteTable.Entry<>("r" + i, match, i));
    }
    return new RouteTable<>(entries);
  }
}
