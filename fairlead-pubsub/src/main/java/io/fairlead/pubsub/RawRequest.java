package io.fairlead.pubsub;

/** A request without a decoder. */
public record RawRequest(String method, JsonSlice params) {
  @Override
  public String toString() {
    return method;
  }
}
