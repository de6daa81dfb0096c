package io.fairlead.control.series;

import io.fairlead.core.time.Clock;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.CountAtBucket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Remembers {@link Track#ALL}: one sample a second of the last 15 minutes, one a minute of the last
 * 24 hours; {@value #BYTES_MAX} bytes in all. The oldest sample leaves for a new one. {@link
 * #sample} is called once a second by one thread at a time; everything may be called from any
 * thread.
 */
public final class MetricSeries {
  private static final Duration FINE_STEP = Duration.ofSeconds(1);
  private static final Duration COARSE_STEP = Duration.ofMinutes(1);
  private static final int FINE = 900;
  private static final int COARSE = 1440;
  private static final int TRACKS_MAX = 64;

  /** What the samples may take. */
  static final int BYTES_MAX = TRACKS_MAX * (FINE + COARSE) * Double.BYTES;

  private final MeterRegistry registry;
  private final Clock clock;
  private final List<Track> tracks;
  private final Ring fine;
  private final Ring coarse;
  private long samples; // guarded by this

  /**
   * What is remembered of some series.
   *
   * @param step between two values
   * @param end when the last value was taken
   * @param values by name, oldest first, each list of one length; NaN where there was nothing
   */
  public record Window(Duration step, Instant end, Map<String, double[]> values) {}

  public MetricSeries(MeterRegistry registry, Clock clock) {
    this(registry, clock, Track.ALL);
  }

  MetricSeries(MeterRegistry registry, Clock clock, List<Track> tracks) {
    if (tracks.size() > TRACKS_MAX) {
      throw new IllegalArgumentException("tracks: " + tracks.size() + " (expected: at most 64)");
    }
    this.registry = registry;
    this.clock = clock;
    this.tracks = List.copyOf(tracks);
    this.fine = new Ring(FINE_STEP, FINE);
    this.coarse = new Ring(COARSE_STEP, COARSE);
  }

  /** Names of every series. */
  public List<String> names() {
    return tracks.stream().map(Track::name).toList();
  }

  /** Takes one sample of each. */
  public synchronized void sample() {
    Map<String, List<Meter>> found = new HashMap<>();
    for (Track track : tracks) found.putIfAbsent(track.meter(), new ArrayList<>());
    for (Meter meter : registry.getMeters()) {
      List<Meter> wanted = found.get(meter.getId().getName());
      if (wanted != null) wanted.add(meter);
    }
    Instant now = clock.wall();
    fine.add(found, now);
    if (samples % COARSE_STEP.toSeconds() == 0) coarse.add(found, now);
    samples++;
  }

  /**
   * The last samples of the named series; fine ones where the fine ring reaches back far enough.
   *
   * @param names known ones
   */
  public synchronized Window last(List<String> names, Duration window) {
    Ring ring = window.compareTo(FINE_STEP.multipliedBy(FINE)) <= 0 ? fine : coarse;
    return ring.last(names, (int) Math.min(ring.capacity, window.dividedBy(ring.step)));
  }

  /** Samples in a circle; guarded by the series it belongs to. */
  private final class Ring {
    private final Duration step;
    private final int capacity;
    private final double[][] values;
    private final Map<String, long[]> bucketsBefore = new HashMap<>(); // one for each timer
    private int next;
    private int size;
    private Instant end = Instant.EPOCH;

    Ring(Duration step, int capacity) {
      this.step = step;
      this.capacity = capacity;
      this.values = new double[tracks.size()][capacity];
    }

    void add(Map<String, List<Meter>> found, Instant now) {
      Map<String, Buckets> fresh = new HashMap<>();
      for (int i = 0; i < values.length; i++) {
        Track track = tracks.get(i);
        List<Meter> meters = found.getOrDefault(track.meter(), List.of());
        if (track.quantile().isEmpty()) {
          values[i][next] = sum(track, meters);
          continue;
        }
        Buckets buckets =
            fresh.computeIfAbsent(track.meter(), name -> Buckets.of(meters, bucketsBefore, name));
        values[i][next] = buckets.quantile(track.quantile().getAsDouble());
      }
      next = (next + 1) % capacity;
      size = Math.min(size + 1, capacity);
      end = now;
    }

    Window last(List<String> names, int wanted) {
      int count = Math.min(wanted, size);
      Map<String, double[]> found = new HashMap<>();
      for (int i = 0; i < values.length; i++) {
        if (!names.contains(tracks.get(i).name())) continue;
        double[] copy = new double[count];
        for (int j = 0; j < count; j++) {
          copy[j] = values[i][Math.floorMod(next - count + j, capacity)];
        }
        found.put(tracks.get(i).name(), copy);
      }
      return new Window(step, end, found);
    }
  }

  private static double sum(Track track, List<Meter> meters) {
    double sum = 0;
    boolean any = false;
    for (Meter meter : meters) {
      if (!track.tag().isEmpty() && !track.value().equals(meter.getId().getTag(track.tag()))) {
        continue;
      }
      double value =
          switch (meter) {
            case Counter counter -> counter.count();
            case FunctionCounter counter -> counter.count();
            case Gauge gauge -> gauge.value();
            default -> Double.NaN; // the library's world is open
          };
      if (Double.isNaN(value)) continue;
      any = true;
      sum += value;
    }
    return any ? sum : Double.NaN;
  }

  /**
   * How many durations fell between two bounds since the sample before.
   *
   * @param bounds upper ones, in seconds
   * @param counts for each bound; none at all when nothing was timed
   */
  private record Buckets(double[] bounds, long[] counts) {
    static Buckets of(List<Meter> meters, Map<String, long[]> before, String name) {
      double[] bounds = new double[0];
      long[] totals = new long[0];
      for (Meter meter : meters) {
        if (!(meter instanceof Timer timer)) continue;
        CountAtBucket[] buckets = timer.takeSnapshot().histogramCounts();
        if (totals.length == 0) {
          totals = new long[buckets.length];
          bounds =
              Arrays.stream(buckets).mapToDouble(each -> each.bucket(TimeUnit.SECONDS)).toArray();
        }
        if (totals.length != buckets.length) continue;
        for (int i = 0; i < buckets.length; i++) totals[i] += (long) buckets[i].count();
      }
      long[] last = before.getOrDefault(name, new long[totals.length]);
      before.put(name, totals);
      long[] counts = new long[totals.length];
      if (last.length != totals.length) return new Buckets(bounds, counts);
      for (int i = 0; i < totals.length; i++) {
        long below = i == 0 ? 0 : totals[i - 1] - last[i - 1];
        counts[i] = totals[i] - last[i] - below;
      }
      return new Buckets(bounds, counts);
    }

    /** Straight between the bounds of the bucket that it falls into; NaN when there is none. */
    double quantile(double share) {
      long all = Arrays.stream(counts).sum();
      if (all <= 0) return Double.NaN;
      double wanted = share * all;
      double passed = 0;
      for (int i = 0; i < counts.length; i++) {
        if (counts[i] > 0 && passed + counts[i] >= wanted) {
          double low = i == 0 ? 0 : bounds[i - 1];
          if (Double.isInfinite(bounds[i])) return low;
          return low + (bounds[i] - low) * ((wanted - passed) / counts[i]);
        }
        passed += counts[i];
      }
      return bounds[bounds.length - 1];
    }
  }
}
