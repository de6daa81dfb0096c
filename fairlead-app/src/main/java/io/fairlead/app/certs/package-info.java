/**
 * What the control API shows of certificates, and the one thing it changes: {@link
 * io.fairlead.app.certs.CertArea}. It only translates between JSON and the keeper of certificates.
 */
@NullMarked
package io.fairlead.app.certs;

import org.jspecify.annotations.NullMarked;
