package io.fairlead.net.http;

import io.fairlead.net.http.codec.HeadScanner;
import io.fairlead.net.http.codec.RequestScanner;
import io.netty.buffer.ByteBuf;

/**
 * A request's head as handlers see it, over the scanner's bytes. Lent by the loop's free list from
 * the first byte of a head to the end of its exchange.
 */
final class RequestView implements RequestHead, Fields {
  private static final BodyLength EMPTY = new BodyLength.Fixed(0);

  private final RequestScanner scanner;
  private boolean secure;
  private BodyLength body = BodyLength.NONE;

  RequestView(EdgeRules rules) {
    scanner = new RequestScanner(rules.head(), rules.aliases(), rules.strictAuthority());
  }

  void reset(EdgeRules rules, boolean overTls) {
    scanner.reset(rules.head(), rules.aliases(), rules.strictAuthority());
    secure = overTls;
    body = BodyLength.NONE;
  }

  /** Borrows {@code in}. */
  HeadScanner.Progress feed(ByteBuf in) {
    HeadScanner.Progress progress = scanner.feed(in);
    if (progress == HeadScanner.Progress.COMPLETE) {
      long length = scanner.contentLength();
      if (scanner.chunked()) {
        body = BodyLength.CHUNKED;
      } else if (length >= 0) {
        body = length == 0 ? EMPTY : new BodyLength.Fixed(length);
      }
    }
    return progress;
  }

  RequestScanner scanner() {
    return scanner;
  }

  /** Whether body bytes follow the head. */
  boolean hasBody() {
    return scanner.chunked() || scanner.contentLength() > 0;
  }

  @Override
  public String method() {
    return scanner.method();
  }

  @Override
  public String target() {
    return scanner.target();
  }

  @Override
  public TargetForm form() {
    return switch (scanner.form()) {
      case ORIGIN -> TargetForm.ORIGIN;
      case ABSOLUTE -> TargetForm.ABSOLUTE;
      case AUTHORITY -> TargetForm.AUTHORITY;
      case ASTERISK -> TargetForm.ASTERISK;
    };
  }

  @Override
  public String scheme() {
    boolean https =
        scanner.form() == RequestScanner.Form.ABSOLUTE ? scanner.secureTarget() : secure;
    return https ? "https" : "http";
  }

  @Override
  public String authority() {
    return scanner.authority();
  }

  @Override
  public String pathAndQuery() {
    return scanner.pathAndQuery();
  }

  @Override
  public int minorVersion() {
    return scanner.minorVersion();
  }

  @Override
  public Fields fields() {
    return this;
  }

  @Override
  public BodyLength body() {
    return body;
  }

  @Override
  public boolean keepAlive() {
    return scanner.keepAlive();
  }

  @Override
  public boolean upgradesToWebSocket() {
    return scanner.upgradesToWebSocket();
  }

  @Override
  public boolean takesTrailers() {
    return scanner.takesTrailers();
  }

  @Override
  public boolean expectsContinue() {
    return scanner.expectsContinue();
  }

  @Override
  public int size() {
    return scanner.size();
  }

  @Override
  public String name(int index) {
    return scanner.name(index);
  }

  @Override
  public String value(int index) {
    return scanner.value(index);
  }

  @Override
  public boolean nameIs(int index, String lowerCaseName) {
    return scanner.nameIs(index, lowerCaseName);
  }

  @Override
  public boolean valueBegins(int index, String prefix) {
    return scanner.valueBegins(index, prefix);
  }

  @Override
  public boolean endToEnd(int index) {
    return scanner.endToEnd(index);
  }
}
