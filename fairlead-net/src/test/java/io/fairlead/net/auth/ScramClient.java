package io.fairlead.net.auth;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** A client that can be told to lie at every step; computes from the RFC alone. */
final class ScramClient {
  private final String header;
  private final String user;
  private final String password;
  private byte[] channel = {};
  private String serverSignature = "";

  ScramClient(String header, String user, String password) {
    this.header = header;
    this.user = user;
    this.password = password;
  }

  ScramClient boundTo(byte[] channelData) {
    this.channel = channelData;
    return this;
  }

  private String bare() {
    return "n=" + user + ",r=clientNonce1";
  }

  byte[] first() {
    return bytes(header + bare());
  }

  byte[] answer(ScramStep step) {
    byte[] cbind = new byte[header.length() + channel.length];
    System.arraycopy(bytes(header), 0, cbind, 0, header.length());
    System.arraycopy(channel, 0, cbind, header.length(), channel.length);
    String serverFirst = text(((ScramStep.Challenge) step).data());
    return answer(serverFirst, serverFirst.split(",")[0], encoded(cbind));
  }

  byte[] answer(String serverFirst, String nonceField, String channelField) {
    String[] fields = serverFirst.split(",");
    byte[] salt = Base64.getDecoder().decode(fields[1].substring(2));
    byte[] salted =
        ScramCredential.saltedPassword(password, salt, Integer.parseInt(fields[2].substring(2)));
    byte[] clientKey = Hmac.sha256(salted, bytes("Client Key"));
    String withoutProof = "c=" + channelField + "," + nonceField;
    byte[] authMessage = bytes(bare() + "," + serverFirst + "," + withoutProof);
    byte[] signature = Hmac.sha256(Hmac.digest(clientKey), authMessage);
    for (int i = 0; i < clientKey.length; i++) clientKey[i] ^= signature[i];
    serverSignature =
        "v=" + encoded(Hmac.sha256(Hmac.sha256(salted, bytes("Server Key")), authMessage));
    return bytes(withoutProof + ",p=" + encoded(clientKey));
  }

  String expectedServerFinal() {
    return serverSignature;
  }

  static String encoded(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
