package io.fairlead.core.meter;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.config.MeterFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps labels bounded whatever they are made from: a value has at most {@value #LENGTH_MAX}
 * characters and no control characters, and of each label of a meter the first {@value #VALUES_MAX}
 * values stand for themselves, the rest are {@code other}. Thread-safe; asked once per meter.
 */
public final class LabelCaps implements MeterFilter {
  static final int LENGTH_MAX = 128;
  static final int VALUES_MAX = 200;
  static final String OTHER = "other";

  private final Map<String, Set<String>> known = new ConcurrentHashMap<>();

  @Override
  public Meter.Id map(Meter.Id id) {
    List<Tag> before = id.getTags();
    if (before.isEmpty()) return id;
    List<Tag> after = new ArrayList<>(before.size());
    for (Tag tag : before) after.add(Tag.of(tag.getKey(), capped(id.getName(), tag)));
    return id.replaceTags(after);
  }

  private String capped(String meter, Tag tag) {
    String value = shortened(tag.getValue());
    Set<String> values =
        known.computeIfAbsent(meter + ' ' + tag.getKey(), _ -> ConcurrentHashMap.newKeySet());
    if (values.contains(value)) return value;
    synchronized (values) { // two at once must not both be the last
      return values.size() < VALUES_MAX && values.add(value) ? value : kept(values, value);
    }
  }

  private static String kept(Set<String> values, String value) {
    return values.contains(value) ? value : OTHER;
  }

  private static String shortened(String value) {
    StringBuilder text = new StringBuilder(Math.min(value.length(), LENGTH_MAX));
    for (int i = 0; i < value.length() && text.length() < LENGTH_MAX; i++) {
      char c = value.charAt(i);
      text.append(Character.isISOControl(c) ? '_' : c);
    }
    return text.toString();
  }
}
