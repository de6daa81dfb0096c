package io.fairlead.net.http;

/** A response's head after every check. Valid until the exchange ends; event loop only. */
public interface ResponseHead {
  int status();

  String reason();

  Fields fields();

  BodyLength body();
}
