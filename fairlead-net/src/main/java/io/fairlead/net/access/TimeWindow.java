package io.fairlead.net.access;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Set;

/**
 * Hours of the week. A window that ends before it begins goes on past midnight and belongs to the
 * day it began on; one that begins and ends at the same time lasts the whole day.
 *
 * @param days on which it begins
 * @param from first moment inside
 * @param to first moment outside
 */
public record TimeWindow(Set<DayOfWeek> days, LocalTime from, LocalTime to, ZoneId zone) {
  public TimeWindow {
    if (days.isEmpty()) throw new IllegalArgumentException("days: none (expected: at least one)");
    days = Set.copyOf(days);
  }

  public boolean contains(Instant now) {
    ZonedDateTime there = now.atZone(zone);
    LocalTime time = there.toLocalTime();
    DayOfWeek today = there.getDayOfWeek();
    if (from.isBefore(to)) {
      return days.contains(today) && !time.isBefore(from) && time.isBefore(to);
    }
    return days.contains(today) && !time.isBefore(from)
        || days.contains(today.minus(1)) && time.isBefore(to);
  }
}
