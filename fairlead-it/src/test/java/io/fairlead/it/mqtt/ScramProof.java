package io.fairlead.it.mqtt;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/** A client's side of SCRAM-SHA-256, from RFC 5802 alone. */
final class ScramProof {
  private static final String BARE = "n=ann,r=clientnonce";

  private ScramProof() {}

  static byte[] first() {
    return Bytes.utf8("n,," + BARE);
  }

  static byte[] last(byte[] challenge, String password) throws Exception {
    String serverFirst = new String(challenge, StandardCharsets.UTF_8);
    String[] fields = serverFirst.split(",");
    PBEKeySpec spec =
        new PBEKeySpec(
            password.toCharArray(),
            Base64.getDecoder().decode(fields[1].substring(2)),
            Integer.parseInt(fields[2].substring(2)),
            256);
    byte[] salted =
        SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(spec).getEncoded();
    byte[] key = hmac(salted, "Client Key");
    byte[] stored = MessageDigest.getInstance("SHA-256").digest(key);
    String withoutProof = "c=biws," + fields[0];
    byte[] signature = hmac(stored, BARE + "," + serverFirst + "," + withoutProof);
    for (int i = 0; i < key.length; i++) key[i] ^= signature[i];
    return Bytes.utf8(withoutProof + ",p=" + Base64.getEncoder().encodeToString(key));
  }

  private static byte[] hmac(byte[] key, String text) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(Bytes.utf8(text));
  }
}
