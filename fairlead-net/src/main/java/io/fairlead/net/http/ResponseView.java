package io.fairlead.net.http;

import io.fairlead.net.http.codec.ResponseScanner;

/** An upstream's response head, over the scanner's bytes. Lent by the loop for one exchange. */
final class ResponseView implements ResponseHead, Fields {
  private final ResponseScanner scanner = new ResponseScanner(ResponseLimits.DEFAULTS.head());

  ResponseScanner scanner() {
    return scanner;
  }

  @Override
  public int status() {
    return scanner.status();
  }

  @Override
  public String reason() {
    return scanner.reason();
  }

  @Override
  public Fields fields() {
    return this;
  }

  @Override
  public BodyLength body() {
    if (scanner.bodiless()) return BodyLength.NONE;
    if (scanner.chunked()) return BodyLength.CHUNKED;
    long length = scanner.contentLength();
    return length < 0 ? BodyLength.UNTIL_CLOSE : new BodyLength.Fixed(length);
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
  public long announcedLength() {
    return scanner.contentLength();
  }

  @Override
  public boolean endToEnd(int index) {
    return scanner.endToEnd(index);
  }
}
