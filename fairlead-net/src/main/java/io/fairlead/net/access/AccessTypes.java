package io.fairlead.net.access;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.net.access.AccessRule.Effect;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** How configuration writes access rules. */
public final class AccessTypes {
  private static final Pattern CLOCK_TIME = Pattern.compile("([01][0-9]|2[0-3]):[0-5][0-9]");

  /** The days of the week as configuration names them. */
  private enum Day {
    MON,
    TUE,
    WED,
    THU,
    FRI,
    SAT,
    SUN;

    DayOfWeek of() {
      return DayOfWeek.of(ordinal() + 1);
    }
  }

  /** A destination a rule names. */
  public static final ConfigType<DestinationPattern> PATTERN =
      Types.literal(
          Codes.BAD_ADDRESS,
          "a destination such as example.org, *.example.org or 203.0.113.0/24",
          Map.of("type", "string", "minLength", 1L),
          DestinationPattern::parse,
          DestinationPattern::toString);

  private static final ConfigType<LocalTime> TIME_OF_DAY =
      Types.literal(
          Codes.BAD_TEXT,
          "a time of day such as 08:30",
          Map.of("type", "string", "pattern", "^" + CLOCK_TIME.pattern() + "$"),
          text ->
              CLOCK_TIME.matcher(text).matches()
                  ? Optional.of(LocalTime.parse(text))
                  : Optional.empty(),
          LocalTime::toString);

  private static final ConfigType<ZoneId> ZONE =
      Types.literal(
          Codes.BAD_TEXT,
          "a time zone such as UTC or Europe/Berlin",
          Map.of("type", "string", "minLength", 1L),
          AccessTypes::zone,
          ZoneId::toString);

  private static final RecordType<TimeWindow> WINDOW =
      RecordType.define(
          "AccessTime",
          "hours of the week",
          f -> {
            var days =
                f.key(
                        "days",
                        Types.listOf(Types.choice(Day.class)).notEmpty(),
                        "Days it begins on.")
                    .orElse(Arrays.asList(Day.values()));
            var from = f.key("from", TIME_OF_DAY, "First minute inside.").orElse(LocalTime.MIN);
            var to =
                f.key(
                        "to",
                        TIME_OF_DAY,
                        "First minute outside. Before `from`, it is one of the next day; equal to"
                            + " `from`, the window lasts the whole day.")
                    .orElse(LocalTime.MIN);
            var zone = f.key("zone", ZONE, "Time zone of the hours.").orElse(ZoneId.of("UTC"));
            return v -> new TimeWindow(daysOf(v.get(days)), v.get(from), v.get(to), v.get(zone));
          });

  /** What a rule names; becomes a rule with its effect. */
  private static final RecordType<Function<Effect, AccessRule>> MATCH =
      RecordType.define(
          "AccessMatch",
          "whom and what a rule names; what it leaves out always fits",
          f -> {
            var user =
                f.key("user", Types.string(), "An account, or `*` for anyone who logged in.")
                    .optional();
            var client =
                f.key("client", Types.cidr(), "Where the client connects from.").optional();
            var member =
                f.key(
                        "member",
                        Types.bool(),
                        "Whether the account is bound to an entry of the membership list.")
                    .optional();
            var destination =
                f.key(
                        "destination",
                        PATTERN,
                        "`host`, `*.suffix`, an address or a block. A block is compared with what"
                            + " a name resolves to.")
                    .optional();
            var port =
                f.key("port", Types.portRange(), "Destination port or range of ports.").optional();
            var time =
                f.key(
                        "time",
                        WINDOW,
                        "When the rule holds. It is asked when something begins: what is open"
                            + " when the window closes goes on.")
                    .optional();
            return v -> {
              var userValue = v.get(user);
              var clientValue = v.get(client);
              var memberValue = v.get(member);
              var destinationValue = v.get(destination);
              var portValue = v.get(port);
              var timeValue = v.get(time);
              return effect ->
                  new AccessRule(
                      effect,
                      userValue,
                      clientValue,
                      memberValue,
                      destinationValue,
                      portValue,
                      timeValue);
            };
          });

  /** One rule of a list. */
  public static final RecordType<AccessRule> RULE =
      RecordType.define(
          "AccessRule",
          "one rule; the first that fits decides",
          f -> {
            var allow = f.key("allow", MATCH, "Lets it pass.").optional();
            var deny = f.key("deny", MATCH, "Refuses it.").optional();
            f.exactlyOneOf(allow, deny);
            return v ->
                v.get(allow)
                    .map(match -> match.apply(Effect.ALLOW))
                    .or(() -> v.get(deny).map(match -> match.apply(Effect.DENY)))
                    .orElseThrow();
          });

  private AccessTypes() {}

  private static Set<DayOfWeek> daysOf(List<Day> days) {
    return days.stream().map(Day::of).collect(Collectors.toSet());
  }

  private static Optional<ZoneId> zone(String text) {
    try {
      return Optional.of(ZoneId.of(text));
    } catch (DateTimeException _) {
      return Optional.empty();
    }
  }
}
