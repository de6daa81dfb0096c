package io.fairlead.http.files;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.Locale;
import java.util.Optional;

/** Dates as HTTP writes them, in whole seconds (RFC 9110 §5.6.7). */
final class HttpDate {
  private static final DateTimeFormatter FIXDATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.ENGLISH);
  private static final DateTimeFormatter ASCTIME =
      DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss uuuu", Locale.ENGLISH);

  private HttpDate() {}

  static String format(long epochSecond) {
    return FIXDATE.format(LocalDateTime.ofEpochSecond(epochSecond, 0, ZoneOffset.UTC));
  }

  /**
   * Reads any of the three forms.
   *
   * @param now settles the century of the two-digit form: at most 50 years ahead
   * @return seconds since the epoch, or empty when it is no date
   */
  static Optional<Long> parse(String text, Instant now) {
    int comma = text.indexOf(',');
    if (comma < 0) return parse(text, ASCTIME);
    return comma == 3 ? parse(text, FIXDATE) : parse(text, rfc850(now));
  }

  private static Optional<Long> parse(String text, DateTimeFormatter form) {
    try {
      return Optional.of(LocalDateTime.parse(text, form).toEpochSecond(ZoneOffset.UTC));
    } catch (DateTimeException notADate) {
      return Optional.empty();
    }
  }

  private static DateTimeFormatter rfc850(Instant now) {
    LocalDate oldest = LocalDate.ofInstant(now, ZoneOffset.UTC).minusYears(49);
    return new DateTimeFormatterBuilder()
        .appendPattern("EEEE, dd-MMM-")
        .appendValueReduced(ChronoField.YEAR, 2, 2, oldest)
        .appendPattern(" HH:mm:ss 'GMT'")
        .toFormatter(Locale.ENGLISH);
  }
}
