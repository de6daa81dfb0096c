package io.fairlead.mqtt.acl;

import io.fairlead.core.address.Cidr;
import io.fairlead.core.config.Problem;
import io.fairlead.mqtt.MqttCodes;
import io.fairlead.mqtt.topic.BadTopicException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads an access list line by line. One use.
 *
 * <pre>
 * beginning --user, group, client, ip--> section  (topic lines are about it)
 * section   --user, group, client, ip--> section
 * </pre>
 */
final class AclParser {
  private static final String WORDS = "user, group, client, ip, topic, pattern or rule";
  private static final String CONDITIONS =
      "retain, qos<=N, user=NAME, group=NAME, client=ID or ip=NETWORK, then the filter";
  private static final Pattern CONDITION = Pattern.compile("[A-Za-z_]+([<>]=?|=)[^/]*");
  private static final String ACCESS = "read, write, readwrite or deny, then a filter";

  /** A line that does not say what it should. */
  private static final class BadLineException extends Exception {
    private static final long serialVersionUID = 1;
    private final int column;
    private final int length;
    private final String problem;
    private final String hint;

    BadLineException(int column, int length, String problem, String hint) {
      super(problem);
      this.column = column;
      this.length = length;
      this.problem = problem;
      this.hint = hint;
    }
  }

  private final String file;
  private final String path;
  private final List<AclLine> lines = new ArrayList<>();
  private final List<Problem> problems = new ArrayList<>();
  private Who section = Who.ANONYMOUS;
  private int number;

  // The line being read.
  private String text = "";
  private int at;

  AclParser(String file, String path) {
    this.file = file;
    this.path = path;
  }

  List<AclLine> lines() {
    return lines;
  }

  List<Problem> problems() {
    return problems;
  }

  void line(String next) {
    number++;
    text = next.stripTrailing();
    at = 0;
    skipBlanks();
    if (at == text.length() || text.charAt(at) == '#') return;
    try {
      statement();
    } catch (BadLineException bad) {
      problems.add(
          Problem.error(
              MqttCodes.BAD_ACL.id(),
              path,
              new Problem.Place(file, number, bad.column + 1, bad.length),
              bad.problem,
              bad.hint));
    }
  }

  private void statement() throws BadLineException {
    int start = at;
    String word = word();
    switch (word) {
      case "user" -> section = Who.Named.user(rest("a user's name"));
      case "group" -> section = group(rest("a group's name"));
      case "client" -> section = client(rest("a client id"));
      case "ip" -> section = network(at + 1, rest("a network, e.g. 192.0.2.0/24"));
      case "topic" -> lines.add(grant(section, false));
      case "pattern" -> lines.add(grant(Who.EVERYONE, true));
      case "rule" -> lines.add(rule());
      default ->
          throw new BadLineException(
              start, word.length(), "`" + word + "` begins no line", "write " + WORDS);
    }
  }

  private AclLine.Grant grant(Who who, boolean placeholders) throws BadLineException {
    int start = at;
    String word = word();
    AclLine.Access access = AclLine.Access.READWRITE;
    int filterAt = start;
    if (at < text.length()) { // more than one word: the first says what is given
      access =
          switch (word) {
            case "read" -> AclLine.Access.READ;
            case "write" -> AclLine.Access.WRITE;
            case "readwrite" -> AclLine.Access.READWRITE;
            case "deny" -> AclLine.Access.DENY;
            default ->
                throw new BadLineException(
                    column(start), word.length(), "`" + word + "` is no access", "write " + ACCESS);
          };
      filterAt = at;
    }
    return new AclLine.Grant(access, who, filter(filterAt, placeholders));
  }

  private AclLine.Rule rule() throws BadLineException {
    int start = at;
    String verb = word();
    if (!verb.equals("allow") && !verb.equals("deny")) {
      throw new BadLineException(
          column(start), verb.length(), "`" + verb + "` decides nothing", "write allow or deny");
    }
    start = at;
    String act = word();
    boolean publish = act.equals("publish") || act.equals("all");
    boolean subscribe = act.equals("subscribe") || act.equals("all");
    if (!publish && !subscribe) {
      throw new BadLineException(
          column(start),
          act.length(),
          "`" + act + "` is nothing a client does",
          "write publish, subscribe or all");
    }
    boolean retainOnly = false;
    int qosMax = 2;
    Optional<String> user = Optional.empty();
    Optional<String> group = Optional.empty();
    Optional<String> client = Optional.empty();
    Optional<Cidr> ip = Optional.empty();
    while (true) {
      start = at;
      String word = word();
      boolean last = at == text.length(); // the filter, whatever it looks like
      if (!last && word.equals("retain")) {
        if (!publish) {
          throw new BadLineException(
              column(start), 6, "retain is about publishing", "leave it out, or write publish");
        }
        retainOnly = true;
      } else if (!last && word.matches("qos<=[0-2]")) {
        qosMax = word.charAt(5) - '0';
      } else if (!last && word.startsWith("user=")) {
        user = Optional.of(value(start, word));
      } else if (!last && word.startsWith("group=")) {
        group = Optional.of(value(start, word));
      } else if (!last && word.startsWith("client=")) {
        client = Optional.of(value(start, word));
      } else if (!last && word.startsWith("ip=")) {
        ip = Optional.of(cidr(column(start) + 3, word.substring(3)));
      } else if (!last && CONDITION.matcher(word).matches()) {
        // As the begin of a filter with blanks it would mean nobody: a denial would deny nothing.
        throw new BadLineException(
            column(start), word.length(), "`" + word + "` is no condition", "write " + CONDITIONS);
      } else {
        at = start;
        break;
      }
    }
    boolean named = user.isPresent() || group.isPresent() || client.isPresent() || ip.isPresent();
    Who who = named ? new Who.Named(user, group, client, ip) : Who.EVERYONE;
    return new AclLine.Rule(
        verb.equals("allow"), publish, subscribe, retainOnly, qosMax, who, filter(start, true));
  }

  private String value(int from, String word) throws BadLineException {
    String value = word.substring(word.indexOf('=') + 1);
    if (!value.isEmpty()) return value;
    throw new BadLineException(
        column(from), word.length(), "`" + word + "` means nobody", "write a name behind it");
  }

  private static Who group(String name) {
    return new Who.Named(Optional.empty(), Optional.of(name), Optional.empty(), Optional.empty());
  }

  private static Who client(String id) {
    return new Who.Named(Optional.empty(), Optional.empty(), Optional.of(id), Optional.empty());
  }

  private static Who network(int column, String text) throws BadLineException {
    return new Who.Named(
        Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(cidr(column, text)));
  }

  private static Cidr cidr(int column, String text) throws BadLineException {
    return Cidr.parse(text)
        .orElseThrow(
            () ->
                new BadLineException(
                    column, text.length(), "`" + text + "` is no network", "write 192.0.2.0/24"));
  }

  /** The rest of the line as a filter, spaces and all. */
  private FilterPattern filter(int from, boolean placeholders) throws BadLineException {
    int start = column(from);
    String written = text.substring(Math.min(start, text.length()));
    if (written.isEmpty()) {
      throw new BadLineException(start, 1, "the filter is missing", "write one, e.g. sensors/#");
    }
    try {
      return placeholders ? FilterPattern.of(written) : FilterPattern.literal(written);
    } catch (BadTopicException bad) {
      throw new BadLineException(
          start, written.length(), "`" + written + "` " + bad.getMessage(), "");
    }
  }

  private String rest(String what) throws BadLineException {
    skipBlanks();
    String rest = text.substring(at);
    if (rest.isEmpty()) throw new BadLineException(at, 1, what + " is missing", "write " + what);
    return rest;
  }

  private String word() {
    skipBlanks();
    int start = at;
    while (at < text.length() && !blank(text.charAt(at))) at++;
    return text.substring(start, at);
  }

  private void skipBlanks() {
    while (at < text.length() && blank(text.charAt(at))) at++;
  }

  /** Where the word that begins at or after this place begins. */
  private int column(int from) {
    int place = from;
    while (place < text.length() && blank(text.charAt(place))) place++;
    return place;
  }

  private static boolean blank(char c) {
    return c == ' ' || c == '\t';
  }
}
