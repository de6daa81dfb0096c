package io.fairlead.core.config;

import io.fairlead.core.address.Cidr;
import io.fairlead.core.address.HostAndPort;
import io.fairlead.core.address.ListenAddress;
import io.fairlead.core.address.PortRange;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.unit.Limit;
import io.fairlead.core.unit.Rate;
import io.fairlead.core.unit.Secret;
import io.fairlead.core.unit.TimeLimit;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The types keys have. Each is immutable; refinements return another. */
public final class Types {
  private static final Pattern RATE = Pattern.compile("([0-9]{1,18})/s");
  private static final Pattern PERCENT = Pattern.compile("([0-9]{1,3}(?:\\.[0-9]{1,6})?)%");
  private static final int VERSION = 1;

  private Types() {}

  /** {@code true} or {@code false}. */
  public static ConfigType<Boolean> bool() {
    return new BooleanType();
  }

  /** Text, not empty. */
  public static StringType string() {
    return new StringType();
  }

  /** A whole number of 32 bits. */
  public static IntType integer() {
    return new IntType(Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  /** A whole number of 64 bits. */
  public static LongType longInteger() {
    return new LongType(Long.MIN_VALUE, Long.MAX_VALUE);
  }

  /** A decimal number. */
  public static NumberType number() {
    return new NumberType(-1e15, 1e15);
  }

  /** A share written {@code 50%}, as 0 to 1. */
  public static ConfigType<Double> percent() {
    return literal(
        Codes.OUT_OF_RANGE,
        "a share such as 50%",
        Tree.map("type", "string", "pattern", "^[0-9]{1,3}(\\.[0-9]{1,6})?%$"),
        text -> {
          Matcher form = PERCENT.matcher(text);
          if (!form.matches()) return Optional.empty();
          double share = Double.parseDouble(form.group(1)) / 100;
          return share > 1 ? Optional.empty() : Optional.of(share);
        },
        share -> {
          double percent = Math.round(share * 100 * 1e6) / 1e6;
          return (percent == Math.rint(percent) ? Long.toString((long) percent) : "" + percent)
              + "%";
        });
  }

  /** A span of time: {@code 500us 250ms 10s 5m 1h 7d}. */
  public static DurationType duration() {
    return new DurationType();
  }

  /** A span of time of at least {@code min}, or {@code off}, which is {@link TimeLimit#NEVER}. */
  public static ConfigType<Duration> timeLimit(Duration min) {
    return orOff(duration().atLeast(min))
        .mapped(
            Codes.OUT_OF_RANGE,
            span -> span.orElse(TimeLimit.NEVER),
            span -> span.equals(TimeLimit.NEVER) ? Optional.empty() : Optional.of(span));
  }

  /** A number of bytes: {@code 4k 10m 1g}, {@code 4KiB 10MiB 1GiB}, or a plain number. */
  public static ByteSizeType size() {
    return new ByteSizeType(false);
  }

  /** Events per second: {@code 1000/s}. */
  public static ConfigType<Rate> rate() {
    return literal(
        Codes.BAD_RATE,
        "a rate such as 1000/s",
        Tree.map("type", "string", "pattern", "^[0-9]{1,18}/s$"),
        text -> {
          Matcher form = RATE.matcher(text);
          if (!form.matches()) return Optional.empty();
          long perSecond = Long.parseLong(form.group(1));
          return perSecond < 1 ? Optional.empty() : Optional.of(new Rate(perSecond));
        },
        Rate::toString);
  }

  /** Bytes per second: {@code 4MiB/s}. */
  public static ByteSizeType byteRate() {
    return new ByteSizeType(true);
  }

  /** A count of at least 1, or {@code off}. */
  public static ConfigType<Limit> limit() {
    return orOff(longInteger().atLeast(1))
        .mapped(
            Codes.OUT_OF_RANGE,
            count -> count.map(Limit::atMost).orElse(Limit.OFF),
            limit ->
                switch (limit) {
                  case Limit.Unlimited _ -> Optional.empty();
                  case Limit.AtMost(long count) -> Optional.of(count);
                });
  }

  /** {@code off} is empty. */
  public static <T> ConfigType<Optional<T>> orOff(ConfigType<T> type) {
    return orWord("off", type);
  }

  /** {@code word}, e.g. {@code auto} or {@code unlimited}, is empty. */
  public static <T> ConfigType<Optional<T>> orWord(String word, ConfigType<T> type) {
    return new WordOrType<>(word, type);
  }

  /** The constants of an enum, written in lower_snake_case. */
  public static <E extends Enum<E>> ConfigType<E> choice(Class<E> constants) {
    return new ChoiceType<>(List.of(constants.getEnumConstants()));
  }

  public static <T> ListType<T> listOf(ConfigType<T> element) {
    return new ListType<>(element, false, 0);
  }

  /** Named objects: ids to values, in the order written. The element reads its id. */
  public static <T> ConfigType<Map<String, T>> mapOf(ConfigType<T> element) {
    return new MapType<>(element, false);
  }

  /** Any text to text, in the order written. */
  public static ConfigType<Map<String, String>> stringMap() {
    return new MapType<>(string().orEmpty(), true);
  }

  /** Any text to a value, in the order written. */
  public static <T> ConfigType<Map<String, T>> freeMapOf(ConfigType<T> element) {
    return new MapType<>(element, true);
  }

  /** A secret; one that stands in the file unmarked is answered with advice. */
  public static ConfigType<Secret> secret() {
    return new SecretType();
  }

  /** Where to listen: {@code host:port}, {@code :port} (loopback), {@code unix:/path}. */
  public static ConfigType<ListenAddress> listenAddress() {
    return new ListenAddressType();
  }

  /** A TCP endpoint elsewhere, port 1–65535. */
  public static ConfigType<Destination.HostPort> hostPort() {
    return literal(
        Codes.BAD_ADDRESS,
        "an address such as host:443 or [::1]:443",
        Tree.map("type", "string", "pattern", "^.+:[0-9]{1,5}$"),
        text ->
            HostAndPort.parse(text, 1)
                .map(split -> new Destination.HostPort(split.host(), split.port())),
        Destination.HostPort::toString);
  }

  /** A TCP endpoint, or {@code unix:/path}. */
  public static ConfigType<Destination> destination() {
    return literal(
        Codes.BAD_ADDRESS,
        "an address such as host:443, [::1]:443 or unix:/run/app.sock",
        Tree.map("type", "string", "minLength", 1L),
        Types::place,
        Destination::toString);
  }

  private static Optional<Destination> place(String text) {
    if (text.startsWith("unix:/")) {
      return Optional.of(new Destination.UnixSocket(text.substring("unix:".length())));
    }
    return HostAndPort.parse(text, 1)
        .map(split -> new Destination.HostPort(split.host(), split.port()));
  }

  /** The same, or a protocol of a libp2p peer: {@code /p2p/PEER/PROTOCOL}. */
  public static ConfigType<Destination> destinationOrPeer() {
    return literal(
        Codes.BAD_ADDRESS,
        "an address such as host:443, [::1]:443, unix:/run/app.sock or /p2p/12D3KooW…/ssh/1.0.0",
        Tree.map("type", "string", "minLength", 1L),
        text -> text.startsWith("/p2p/") ? peer(text) : place(text),
        Destination::toString);
  }

  private static Optional<Destination> peer(String text) {
    int end = text.indexOf('/', "/p2p/".length());
    if (end < 0 || end == text.length() - 1) return Optional.empty();
    String id = text.substring("/p2p/".length(), end);
    boolean plain = text.chars().allMatch(each -> each > ' ' && each <= '~');
    return id.isEmpty() || !plain
        ? Optional.empty()
        : Optional.of(new Destination.Peer(id, text.substring(end)));
  }

  /** An absolute URL with scheme http or https. */
  public static ConfigType<URI> httpUrl() {
    return url("http", "https");
  }

  /**
   * An absolute URL with a host and one of these schemes; one with user information never prints.
   */
  public static ConfigType<URI> url(String... schemes) {
    return new UrlType(List.of(schemes));
  }

  /** An address block: {@code 10.0.0.0/8}, or one address. */
  public static ConfigType<Cidr> cidr() {
    return new CidrType();
  }

  /** Ports: {@code 20000-20010} or one. */
  public static ConfigType<PortRange> portRange() {
    return literal(
        Codes.BAD_ADDRESS,
        "a port or a range such as 20000-20010",
        Tree.map("type", Tree.list("string", "integer"), "pattern", "^[0-9]{1,5}(-[0-9]{1,5})?$"),
        PortRange::parse,
        PortRange::toString);
  }

  /** A file path; a relative one is relative to the folder of the file that names it. */
  public static ConfigType<Path> path() {
    return new PathType();
  }

  /**
   * Several forms of one value, tried in order; when none reads, the last one complains.
   *
   * @param doc what it may be, or empty to derive it from the forms
   */
  @SafeVarargs
  public static <T> ConfigType<T> oneOf(String doc, ConfigType<? extends T>... forms) {
    return new OneOfType<>(doc, List.of(forms));
  }

  /** A short form as a scalar, and the full form. */
  public static <T> ConfigType<T> firstScalar(
      ConfigType<? extends T> scalar, ConfigType<? extends T> full) {
    return new OneOfType<>("", List.of(scalar, full));
  }

  /** One of several records, told apart by the word under {@code key}; the order is kept. */
  public static <T> ConfigType<T> variants(
      String key, Map<String, RecordType<? extends T>> byName) {
    return new VariantsType<>(key, byName);
  }

  /**
   * The id of an object in one of these sections, e.g. {@code upstreams} or {@code pubsub.chains};
   * of a list, the {@code name} of an item.
   */
  public static ConfigType<Reference> reference(String... sections) {
    return new ReferenceType(List.of(sections));
  }

  /**
   * Files to merge into this one, for the root's {@code include}: names or patterns such as {@code
   * conf.d/*.yaml}, relative to the file that names them. The reader follows them itself.
   */
  public static ConfigType<List<String>> includes() {
    return listOf(string());
  }

  /** The version of the format, for the root's {@code version}. */
  public static ConfigType<Integer> schemaVersion() {
    return new SchemaVersionType(VERSION);
  }

  /**
   * A literal with a grammar of its own.
   *
   * @param code diagnostic when {@code parse} finds nothing
   * @param form a noun with its article and a sample
   * @param schema JSON Schema keywords
   */
  public static <T> ConfigType<T> literal(
      Code code,
      String form,
      Map<String, Object> schema,
      Function<String, Optional<? extends T>> parse,
      Function<? super T, String> print) {
    return new LiteralType<>(code, form, schema, parse, print);
  }
}
