package io.fairlead.http.route;

import io.fairlead.net.http.BodyLength;
import io.fairlead.net.http.Fields;
import io.fairlead.net.http.RequestHead;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The head of a request that no connection holds: to ask what would become of it, or a copy.
 *
 * @param pathAndQuery origin-form
 * @param lines name and value of each field
 */
public record AskedHead(
    String method,
    String scheme,
    String authority,
    String pathAndQuery,
    List<Line> lines,
    BodyLength body)
    implements RequestHead {
  /** One field. */
  public record Line(String name, String value) {}

  /** Without a body. */
  public AskedHead(
      String method, String scheme, String authority, String pathAndQuery, List<Line> lines) {
    this(method, scheme, authority, pathAndQuery, lines, BodyLength.NONE);
  }

  /** What another head says, to keep. */
  public static AskedHead copyOf(RequestHead head, BodyLength body) {
    List<Line> lines = new ArrayList<>(head.fields().size());
    for (int i = 0; i < head.fields().size(); i++) {
      lines.add(new Line(head.fields().name(i), head.fields().value(i)));
    }
    return new AskedHead(
        head.method(), head.scheme(), head.authority(), head.pathAndQuery(), lines, body);
  }

  public AskedHead {
    lines = List.copyOf(lines);
  }

  @Override
  public String target() {
    return pathAndQuery;
  }

  @Override
  public TargetForm form() {
    return TargetForm.ORIGIN;
  }

  @Override
  public int minorVersion() {
    return 1;
  }

  @Override
  public Fields fields() {
    return new Fields() {
      @Override
      public int size() {
        return lines.size();
      }

      @Override
      public String name(int index) {
        return lines.get(index).name();
      }

      @Override
      public String value(int index) {
        return lines.get(index).value();
      }

      @Override
      public boolean nameIs(int index, String lowerCaseName) {
        return name(index).toLowerCase(Locale.ROOT).equals(lowerCaseName);
      }
    };
  }

  @Override
  public boolean keepAlive() {
    return true;
  }

  @Override
  public boolean upgradesToWebSocket() {
    return false;
  }

  @Override
  public boolean takesTrailers() {
    return false;
  }

  @Override
  public boolean expectsContinue() {
    return false;
  }
}
