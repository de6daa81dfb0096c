package io.fairlead.http.route;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.ManualClock;
import io.fairlead.net.http.BodyLength;
import io.fairlead.net.http.Fields;
import io.fairlead.net.http.RequestHead;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/** A head made of words, for everything that only reads one. */
public record FakeHead(
    String method, String scheme, String authority, String pathAndQuery, List<String[]> lines)
    implements RequestHead {
  public static FakeHead get(String path, String... fields) {
    return of("GET", "app.test", path, fields);
  }

  /**
   * @param fields name, value, name, value…
   */
  public static FakeHead of(String method, String authority, String path, String... fields) {
    return new FakeHead(method, "http", authority, path, lines(fields));
  }

  public static List<String[]> lines(String... fields) {
    List<String[]> lines = new ArrayList<>();
    for (int i = 0; i < fields.length; i += 2) {
      lines.add(new String[] {fields[i], fields[i + 1]});
    }
    return lines;
  }

  /** The facts of this head as seen from {@code remote}. */
  public RequestFacts from(String remote, TrustedProxies trusted) {
    int mark = pathAndQuery.indexOf('?');
    return new RequestFacts(
        this,
        mark < 0 ? pathAndQuery : pathAndQuery.substring(0, mark),
        mark < 0 ? "" : pathAndQuery.substring(mark + 1),
        InetAddress.ofLiteral(remote),
        trusted,
        new RequestIds(new ManualClock(), Randomness.seeded(7)));
  }

  public RequestFacts facts() {
    return from("192.0.2.1", TrustedProxies.NOBODY);
  }

  /** Fields of their own. */
  public static Fields fields(String... fields) {
    return get("/", fields).fields();
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
        return lines.get(index)[0];
      }

      @Override
      public String value(int index) {
        return lines.get(index)[1];
      }

      @Override
      public boolean nameIs(int index, String lowerCaseName) {
        return lines.get(index)[0].equalsIgnoreCase(lowerCaseName);
      }
    };
  }

  @Override
  public BodyLength body() {
    return BodyLength.NONE;
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
  public boolean expectsContinue() {
    return false;
  }

  @Override
  public boolean takesTrailers() {
    return false;
  }
}
