"""One call of every public function of NumPy and of much of SciPy, as data: what `coverage.py` runs on lifted arrays.

The names that the calls use are those of `POINT`. Calls are separated by two spaces, or stand on lines of their own.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

POINT: dict[str, np.ndarray[Any, Any]] = {
    "a": np.array([[0.53, -1.27, 2.08], [3.41, 0.77, -0.13]]),
    "b": np.array([[1.51, 0.22, -2.04], [0.59, 4.02, 1.09]]),
    "v": np.array([0.31, -1.24, 2.52, 0.77]),
    "p": np.array([0.22, 0.41, 0.64, 0.94]),
    "s": np.array([[2.03, 0.51, 0.24], [0.51, 1.53, -0.12], [0.24, -0.12, 3.08]]),
}
"""Two matrices, a vector, a vector of probabilities, a symmetric positive definite matrix. No number is a tie or an end."""

COUNTS = np.array([0, 1, 3, 2])
"""`k` in the calls: whole numbers, which are not differentiated."""

TEXTS: dict[str, str] = {
    "NumPy": """
    np.all(a > 0)  np.allclose(a, b)  np.amax(a)  np.amin(a, 0)  np.angle(a)  np.any(a > 3)  np.append(a, b)
    np.apply_along_axis(np.sort, 1, a)  np.apply_over_axes(np.sum, a, [0])  np.arange(3.0) * a  np.argmax(a)  np.argmin(a, 1)
    np.argpartition(v, 2)  np.argsort(a)  np.argwhere(a > 0)  np.around(a, 1)  np.array(a)  np.array2string(a)
    np.array_equal(a, b)  np.array_equiv(a, b)  np.array_repr(a)  np.array_split(v, 3)  np.array_str(a)  np.asanyarray(a)
    np.asarray(a)  np.asarray_chkfinite(a)  np.ascontiguousarray(a)  np.asfortranarray(a)  np.astype(a, np.float32)
    np.atleast_1d(a)  np.atleast_2d(v)  np.atleast_3d(a)  np.average(a, axis=0)  np.bartlett(3) * a
    np.bincount([0, 1, 0, 2], weights=v)  np.blackman(3) * a  np.block([[a, b]])  np.broadcast_arrays(a, a[0])
    np.broadcast_shapes(a.shape, (3,))  np.broadcast_to(v, (2, 4))  np.choose([0, 1, 1], a)  np.clip(a, -1, 1)
    np.column_stack([a, b])  np.common_type(a)  np.compress([True, False, True], a, 1)  np.concat([a, b])
    np.concatenate([a, b], 1)  np.convolve(v, v)  np.copy(a)  filled(np.copyto, a, b)  np.corrcoef(a)
    np.correlate(v, v, "full")  np.count_nonzero(a)  np.cov(a)  np.cross(a, b)  np.cumprod(a)  np.cumsum(a, 1)
    np.cumulative_prod(v)  np.cumulative_sum(v)  np.delete(a, 1, 1)  np.diag(s)  np.diag_indices_from(s)  np.diagflat(v)
    np.diagonal(s)  np.diff(a)  np.digitize(a, [-1.0, 0.0, 2.0])  np.dot(a, b.T)  np.dsplit(a[None], 3)  np.dstack([a, b])
    np.ediff1d(v)  np.einsum("ij,kj->ik", a, b)  np.einsum_path("ij,kj->ik", a, b)[0]  np.empty_like(a) * 0
    np.expand_dims(a, 1)  np.extract(a > 0, a)  np.eye(3) @ a.T  filled(np.fill_diagonal, s, 5.0)  np.fix(a)
    np.flatnonzero(a > 0)  np.flip(a)  np.fliplr(a)  np.flipud(a)  np.fromfunction(lambda i: a[0, i], (3,), dtype=int)
    np.fromiter((2 * x for x in v), float)  np.full(3, 1.5) * a  np.full_like(a, v[0])  np.geomspace(1, 8, 3) * a
    np.gradient(v)  np.hamming(3) * a  np.hanning(3) * a  np.histogram(v, 3)  np.histogram2d(v, v, 2)[0]
    np.histogram_bin_edges(v, 3)  np.histogramdd(a.T, 2)[0]  np.hsplit(a, 3)  np.hstack([a, b])  np.i0(v)  np.identity(3) @ s
    np.imag(a)  np.inner(a, b)  np.insert(a, 0, 7.5, 1)  np.interp(v, [-2.0, 0.0, 4.0], [1.0, 0.0, 8.0])  np.intersect1d(v, p)
    np.isclose(a, b)  np.iscomplex(a)  np.iscomplexobj(a)  np.isfortran(a)  np.isin(a, b)  np.isneginf(a)  np.isposinf(a)
    np.isreal(a)  np.isrealobj(a)  np.isscalar(a[0, 0])  np.iterable(a)  np.ix_([0, 1], [1, 2])  np.kaiser(3, 2.0) * a
    np.kron(a, b)  np.lexsort((a[0], a[1]))  np.linspace(0, 1, 3) * a  np.logspace(0, 1, 3) * a  np.matrix_transpose(a)
    np.max(a, 1)  np.may_share_memory(a, b)  np.mean(a)  np.median(a, 1)  np.meshgrid(v, p)  np.min(a)
    np.min_scalar_type(a[0, 0])  np.moveaxis(a, 0, 1)  np.nan_to_num(a)  np.nanargmax(a)  np.nanargmin(a)  np.nancumprod(a)
    np.nancumsum(a)  np.nanmax(a)  np.nanmean(a, 0)  np.nanmedian(a)  np.nanmin(a)  np.nanpercentile(a, 30)  np.nanprod(a)
    np.nanquantile(a, 0.3)  np.nanstd(a)  np.nansum(a)  np.nanvar(a)  np.ndim(a)  np.nonzero(a > 0)  np.ones(3) * a
    np.ones_like(a) * b  np.outer(v, p)  np.pad(a, 1)  np.partition(v, 2)  np.percentile(a, 30)  np.permute_dims(a)
    np.piecewise(a, [a < 0], [lambda x: x**2, lambda x: 2 * x])  filled(np.place, a, a > 0, [9.5])  np.poly(v)  np.polyadd(v, p)
    np.polyder(v)  np.polydiv(v, p[:2])  np.polyfit(p, v, 2)  np.polyint(v)  np.polymul(v, p)  np.polysub(v, p)
    np.polyval(v, a)  np.prod(a)  np.ptp(a, 0)  filled(np.put, a, [1], 3.5)
    filled(np.put_along_axis, a, np.array([[0], [1]]), 2.5, 1)  filled(np.putmask, a, a > 0, 1.5)  np.quantile(a, 0.3, axis=0)
    np.ravel(a)  np.row_stack([a, b])
    np.real(a)  np.real_if_close(a)  np.repeat(a, 2)  np.require(a)  np.reshape(a, (3, 2))  np.resize(a, (2, 2))
    np.result_type(a)  np.roll(a, 1)  np.rollaxis(a, 1)  np.roots(v)  np.rot90(a)  np.round(a, 1)
    np.searchsorted([-1.0, 0.5, 2.0], v)  np.select([a < 0, a < 1], [a, b])  np.setdiff1d(v, p)  np.setxor1d(v, p)  np.shape(a)
    np.shares_memory(a, b)  np.sinc(a)  np.size(a)  np.sort(a)  np.sort_complex(v)  np.split(a, 3, 1)  np.squeeze(a[None])
    np.stack([a, b])  np.std(a)  np.sum(a, 0)  np.swapaxes(a, 0, 1)  np.take(a, [2, 0], 1)
    np.take_along_axis(a, a.argsort(1), 1)  np.tensordot(a, b, 2)  np.tile(a, 2)  np.trace(s)  np.transpose(a)
    np.trapezoid(a, dx=0.5)  np.tri(3) @ s  np.tril(s)  np.tril_indices_from(s)  np.trim_zeros(v)  np.triu(s)
    np.triu_indices_from(s)  np.union1d(v, p)  np.unique(a)  np.unique_all(v)  np.unique_counts(v)  np.unique_inverse(v)
    np.unique_values(v)  np.unstack(a)  np.unwrap(5 * v)  np.vander(v)  np.var(a)  np.vdot(a, b)  np.vsplit(a, 2)
    np.vstack([a, b])  np.where(a > 0, a, b)  np.zeros(3) + a  np.zeros_like(a) + b  np.vectorize(lambda x: x**2)(a)
    np.poly1d(v)(0.5)  np.ndenumerate(a)  [2 * x for x in np.nditer(a)]  np.matrix(a)  np.r_[a[0], v]  np.c_[a[0], b[0]]
    np.ndindex(a.shape)
    np.lib.stride_tricks.sliding_window_view(a, (1, 2))  np.lib.stride_tricks.as_strided(v, (2, 2), (8, 16))  np.float64(v[0])
    np.float32(v[0])  np.complex128(v[0])  np.empty(0)
    """,
    "Methods of an array": """
    a.all()  a.any()  a.argmax()  a.argmin(0)  v.argpartition(2)  a.argsort()  a.astype(np.float32)  a.astype(int)  a.base
    a.byteswap()  a.clip(-1, 1)  a.compress([True, False, True], 1)  a.conj()  a.conjugate()  a.copy()  v.cumprod()  v.cumsum()
    s.diagonal()  a.dot(s)  filled(type(a).fill, a, 2.5)  list(a.flat)  a.flatten()  a.imag  a.item(1)  a.max()  a.mean()
    a.min()  a.mT  a.nonzero()  filled(type(v).partition, v, 2)  a.prod()  filled(type(a).put, a, [1], 3.5)  a.ravel()  a.real
    a.repeat(2)  a.reshape(3, 2)  v.resize((2, 2))  a.round(1)  v.searchsorted(0.5)  filled(type(a).sort, a)  a[None].squeeze()
    a.std()  a.sum()  a.swapaxes(0, 1)  a.T  a.take([0, 2])  a.tolist()  s.trace()  a.transpose()  a.var()  a.view()
    v.tobytes()  a.dump("/dev/null")  a.dumps()  a.getfield(np.float64)  a.setflags(write=True)  a.setfield(1.0, np.float64)
    a.tofile("/dev/null")  a.to_device("cpu")  a.ctypes  a.device  a.dtype  a.flags.writeable  a.itemsize  a.nbytes
    a.ndim  a.shape  a.size  a.strides  len(a)  list(a)  2.5 in a  a[0, ::2]  a[a > 0]  a[:, [2, 0]]
    filled(type(a).__setitem__, a, 0, v[:3])  a + b
    """,
    "numpy.linalg": """
    np.linalg.cholesky(s)  np.linalg.cond(s)  np.linalg.cross(a, b)  np.linalg.det(s)  np.linalg.diagonal(s)  np.linalg.eig(s)
    np.linalg.eigh(s)  np.linalg.eigvals(s)  np.linalg.eigvalsh(s)  np.linalg.inv(s)  np.linalg.lstsq(s, v[:3])[0]
    np.linalg.matmul(a, s)  np.linalg.matrix_norm(a)  np.linalg.matrix_power(s, 3)  np.linalg.matrix_rank(a)
    np.linalg.matrix_transpose(a)  np.linalg.multi_dot([a, s, s])  np.linalg.norm(a)  np.linalg.norm(a, 2)
    np.linalg.norm(a, "nuc")  np.linalg.outer(v, p)  np.linalg.pinv(a)  np.linalg.qr(s)  np.linalg.slogdet(s)
    np.linalg.solve(s, v[:3])  np.linalg.svd(a)  np.linalg.svdvals(a)  np.linalg.tensordot(a, b)
    np.linalg.tensorinv(s[:, :, None, None].reshape(3, 3), 1)  np.linalg.tensorsolve(s, v[:3])  np.linalg.trace(s)
    np.linalg.vecdot(a, b)  np.linalg.vector_norm(a)  np.linalg.norm(a, np.inf)  np.linalg.norm(v, 3)
    np.linalg.solve(s + 1j * np.eye(3), v[:3])
    """,
    "numpy.fft": """
    np.fft.fft(v)  np.fft.fft2(a)  np.fft.fftfreq(3) * a  np.fft.fftn(a)  np.fft.fftshift(v)  np.fft.hfft(v)  np.fft.ifft(v)
    np.fft.ifft2(a)  np.fft.ifftn(a)  np.fft.ifftshift(v)  np.fft.ihfft(v)  np.fft.irfft(v)  np.fft.irfft2(a)  np.fft.irfftn(a)
    np.fft.rfft(v)  np.fft.rfft2(a)  np.fft.rfftfreq(4) * a  np.fft.rfftn(a)
    """,
    "Complex numbers inside": """
    np.exp(1j * v)  np.abs(v + 1j * p)  np.angle(v + 1j * p)  np.sqrt(v + 1j * p)  np.log(v + 1j * p)  (v + 1j * p) ** 2
    np.conj(v + 1j * p)  np.var(v + 1j * p)  np.linalg.norm(v + 1j * p)  np.vdot(v + 1j * p, v)  np.real(np.exp(1j * v))
    np.imag(np.exp(1j * v))  complex(v[0], p[0])  v.astype(complex)  np.sort(1j * v)
    """,
    "Python and math": """
    float(v[0])  int(v[0])  round(v[0], 1)  complex(v[0])  bool(v[0])  sum(v)  max(v)  abs(v)  pow(v, 2)  divmod(v, 1)
    sorted(v)  math.sqrt(p[0])  math.exp(p[0])  math.log(p[0])  math.sin(p[0])  math.cos(p[0])  math.tan(p[0])  math.atan(p[0])
    math.erf(p[0])  math.erfc(p[0])  math.gamma(p[0])  math.lgamma(p[0])  math.log1p(p[0])  math.expm1(p[0])  math.tanh(p[0])
    math.floor(p[0])  math.ceil(p[0])  math.fabs(p[0])  math.degrees(p[0])  math.hypot(p[0], p[1], p[2])  math.atan2(p[0], p[1])
    math.pow(p[0], 3)  math.fsum(v)  math.prod(v)  math.dist(v, p)  cmath.exp(1j * p[0])
    """,
    "scipy.special": """
    special.logsumexp(a)  special.logsumexp(a, axis=1, b=2.0)  special.softmax(a, axis=1)  special.log_softmax(a)
    special.multigammaln(3 + p, 2)  special.comb(5.5 + p, 2)  special.factorial(2 * p)  special.polygamma(1, p)
    special.zeta(2 + p, 1.5)  special.sinc(p)  special.softplus(p)  special.perm(5.5 + p, 2)  special.lambertw(p)
    special.expn(2, p)  special.kn(2, p)  special.yn(2, p)  special.bdtr(k, 5, p)  special.bdtrc(k, 5, p)
    special.nbdtr(k, 4, p)  special.nbdtrc(k, 4, p)  special.pdtr(k, p)  special.pdtrc(k, p)  special.diric(p, 3)
    special.spherical_jn(1, p)
    """,
    "scipy.stats": """
    stats.norm(v[0],1+p).logpdf(a[0,0])  stats.gamma(p+1).logpdf(v[2])  stats.multivariate_normal.logpdf(a[:,:2]@s[:2],b[0],s)
    stats.multivariate_normal.pdf(v[:3],np.zeros(3),s)  stats.multivariate_normal(np.zeros(3),np.eye(3)*2.).logpdf(a)
    stats.multivariate_normal.logpdf(v,0.,2.)  stats.norm.cdf(v)  stats.pareto.logpdf(1 + p, 2.3)  stats.norm.logpdf(v,0.,2.)
    stats.multivariate_t.logpdf(v[:3],np.zeros(3),s,4)  stats.wishart.logpdf(s,4,np.eye(3))  stats.norm.mean(v[0],p)
    stats.norm.interval(.9,v)  stats.norm.entropy(v[0],p)  stats.gamma.var(1+p,scale=p)  stats.poisson.std(p)
    stats.zscore(v)  stats.gmean(p)  stats.hmean(p)  stats.skew(v)
    stats.kurtosis(v)  stats.sem(v)  stats.trim_mean(v,.25)  stats.entropy(p,p[::-1])  stats.iqr(v)  stats.moment(v,3)
    """,
    "scipy.spatial.distance": """
    distance.cdist(a, b, "euclidean")  distance.pdist(s, "euclidean")  distance.euclidean(a[0], b[0])
    distance.cdist(a, b, "sqeuclidean")  distance.pdist(s, "sqeuclidean")  distance.sqeuclidean(a[0], b[0])
    distance.cdist(a, b, "cityblock")  distance.pdist(s, "cityblock")  distance.cityblock(a[0], b[0])
    distance.cdist(a, b, "chebyshev")  distance.pdist(s, "chebyshev")  distance.chebyshev(a[0], b[0])
    distance.cdist(a, b, "minkowski")  distance.pdist(s, "minkowski")  distance.minkowski(a[0], b[0])
    distance.cdist(a, b, "cosine")  distance.pdist(s, "cosine")  distance.cosine(a[0], b[0])
    distance.cdist(a, b, "correlation")  distance.pdist(s, "correlation")  distance.correlation(a[0], b[0])
    distance.cdist(a, b, "canberra")  distance.pdist(s, "canberra")  distance.canberra(a[0], b[0])
    distance.cdist(a, b, "braycurtis")  distance.pdist(s, "braycurtis")  distance.braycurtis(a[0], b[0])
    distance.cdist(a, b, "mahalanobis", VI=s)  distance.squareform(v[:3])  distance.squareform(distance.pdist(s))
    """,
    "scipy.linalg": """
    linalg.solve(s, v[:3])  linalg.solve(s, v[:3], assume_a="pos")  linalg.inv(s)  linalg.det(s)  linalg.cholesky(s)
    linalg.cholesky(s, lower=True)  linalg.cho_factor(s)[0][0]  linalg.cho_solve(linalg.cho_factor(s), v[:3])
    linalg.solve_triangular(s, v[:3], lower=True)  linalg.block_diag(a, b)  linalg.toeplitz(v)  linalg.hankel(v)
    linalg.circulant(v)  linalg.expm(s)  linalg.expm(s*5)  linalg.pinv(a)  linalg.norm(a)  linalg.lstsq(s, v[:3])[0]
    abs(linalg.eigh(s)[1])  linalg.eigvalsh(s)  linalg.svd(a, full_matrices=False)  linalg.qr(s)  linalg.lu(s)
    linalg.blas.dsyrk(1., a)
    linalg.lapack.dpotrf(s, lower=1)[0]  linalg.lapack.dtrtrs(s, v[:3], lower=1)[0]  linalg.lapack.dpotri(s, lower=1)[0]
    linalg.sqrtm(s)  linalg.logm(s)
    """,
    "scipy.sparse": """
    M @ v[:3]  v[:3] @ M  M.dot(v[:3])  M.T @ a.T  M.multiply(v[:3])
    """,
}

DISTRIBUTIONS = {
    "norm": "", "t": "4.3", "gamma": "2.3", "beta": "2.3, 1.4", "expon": "", "laplace": "", "logistic": "", "lognorm": "0.8",
    "uniform": "", "chi2": "3.2", "cauchy": "", "weibull_min": "1.7", "f": "4.0, 5.0", "gumbel_r": "", "halfnorm": "",
    "invgamma": "2.3", "rayleigh": "", "truncnorm": "-1.0, 2.0", "genextreme": "0.1", "skewnorm": "1.1",
}  # fmt: skip
"""Continuous distributions of `scipy.stats`, and shapes for them."""

METHODS, RARER_METHODS = ("pdf", "logpdf", "cdf", "sf", "ppf"), ("logcdf", "logsf", "isf")
COMMON = ("norm", "t", "gamma", "beta")
"""Distributions that the rarer methods are called of."""

DISCRETE = {"poisson": "3 * p", "binom": "5, p", "bernoulli": "p", "nbinom": "3, p", "geom": "p"}
"""Discrete ones, and their parameters."""

INTEGERS_ONLY = """
    bitwise_and bitwise_or bitwise_xor bitwise_not bitwise_invert bitwise_count bitwise_left_shift bitwise_right_shift invert
    left_shift right_shift gcd lcm isnat ldexp frexp
"""
"""Ufuncs of NumPy that no real number is given to, or that take it apart into bits."""

INTEGER_ORDERS = """
    expn kn yn bdtr bdtrc nbdtr nbdtrc pdtr pdtrc bdtri bdtrik bdtrin nbdtri nbdtrik nbdtrin pdtri pdtrik smirnov smirnovi
"""
"""Ufuncs of SciPy that cut an argument to a whole number."""

NOT_ABOUT_NUMBERS = """
    asmatrix base_repr binary_repr bmat broadcast_shapes busday_count busday_offset can_cast datetime_as_string datetime_data
    diag_indices einsum_path fft.fftfreq fft.rfftfreq format_float_positional format_float_scientific frombuffer from_dlpack
    frompyfunc fromstring histogram_bin_edges indices is_busday isdtype isfortran issubdtype iterable mask_indices mintypecode ndim
    nested_iters packbits promote_types ravel_multi_index shape size tril_indices triu_indices typename unpackbits unravel_index
"""
"""Public functions of NumPy that neither take nor make real numbers: dates, bits, shapes and their names."""

FILES_AND_SETTINGS = """
    fromfile fromregex genfromtxt load loadtxt save savetxt savez savez_compressed get_include get_printoptions getbufsize geterr
    geterrcall info printoptions set_printoptions setbufsize seterr seterrcall show_config show_runtime test
"""
"""Those that touch what lies outside of a program's numbers."""


def split(text: str) -> list[str]:
    return [call.strip() for call in re.split(r"\s{2,}|\n", text) if call.strip()]


def of_distributions() -> list[str]:
    """The methods of every distribution in the tables."""
    shapes = {name: f", {given}" if given else "" for name, given in DISTRIBUTIONS.items()}
    found = [
        f"stats.{name}.{method}(p{shape})"
        for name, shape in shapes.items()
        for method in (*METHODS, *(RARER_METHODS if name in COMMON else ()))
    ]
    found += [f"stats.{name}.logpdf(p{shape}, loc=-0.1 * p[0], scale=1 + p[1])" for name, shape in shapes.items()]
    return found + [
        f"stats.{name}.{method}({'1 + k' if name == 'geom' else 'k % 2' if name == 'bernoulli' else 'k'}, {given})"
        for name, given in DISCRETE.items()
        for method in ("pmf", "logpmf", "cdf", "sf")
    ]
