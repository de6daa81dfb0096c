package io.fairlead.it;

import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** A TLS client that believes any certificate and waits ten seconds at most. */
final class TlsTalk implements AutoCloseable {
  private final SSLSocket socket;

  private TlsTalk(SSLSocket socket) {
    this.socket = socket;
  }

  static TlsTalk open(int port, String version) throws IOException, GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    TrustManager anybody =
        new X509TrustManager() {
          @Override
          public void checkClientTrusted(X509Certificate[] chain, String type) {}

          @Override
          public void checkServerTrusted(X509Certificate[] chain, String type) {}

          @Override
          public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
          }
        };
    context.init(null, new TrustManager[] {anybody}, null);
    SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port);
    socket.setEnabledProtocols(new String[] {version});
    socket.setSoTimeout(10_000);
    socket.startHandshake();
    return new TlsTalk(socket);
  }

  /** Sends text, each char one byte. */
  void send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Everything up to and with {@code marker}. */
  String readUntil(String marker) throws IOException {
    StringBuilder text = new StringBuilder();
    while (text.indexOf(marker) < 0) {
      int next = socket.getInputStream().read();
      if (next < 0) throw new IOException("ended after: " + text);
      text.append((char) next);
    }
    return text.toString();
  }

  /** Sends a request and reads its response, whose body is three characters. */
  String ask(String request) throws IOException {
    send(request);
    String head = readUntil("\r\n\r\n");
    return head + new String(socket.getInputStream().readNBytes(3), StandardCharsets.ISO_8859_1);
  }

  /** Reads until the other side ends the connection, in whichever way. */
  void awaitEnd() throws IOException {
    try {
      while (socket.getInputStream().read() >= 0) continue;
    } catch (SocketException reset) {
      return; // an end as well
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
