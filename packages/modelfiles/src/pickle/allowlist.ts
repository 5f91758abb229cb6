import type { PickleProfile } from '@sluice/config'

/** Names by module, each matched exactly. */
export type Names = Readonly<Record<string, readonly string[]>>

/** Constructors that build plain data from their arguments and run nothing else. */
const python: Names = {
  builtins: [
    'bool',
    'bytearray',
    'bytes',
    'complex',
    'dict',
    'float',
    'frozenset',
    'int',
    'list',
    'object',
    'range',
    'set',
    'slice',
    'str',
    'tuple',
  ],
  // Protocol 2 writes bytes as `_codecs.encode(text, 'latin1')`; the machine admits no other codec.
  _codecs: ['encode'],
  collections: ['Counter', 'OrderedDict', 'defaultdict', 'deque'],
  copyreg: ['_reconstructor'],
  datetime: ['date', 'datetime', 'time', 'timedelta', 'timezone'],
  decimal: ['Decimal'],
}

const SCALARS = [
  'bool_',
  'bool',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'float16',
  'float32',
  'float64',
  'complex64',
  'complex128',
  'bytes_',
  'str_',
  'datetime64',
  'timedelta64',
]

const numpy: Names = {
  numpy: ['dtype', 'ndarray', ...SCALARS],
  // numpy 2 moved numpy.core to numpy._core; pickles of both are read by both.
  'numpy.core.multiarray': ['_reconstruct', 'scalar'],
  'numpy._core.multiarray': ['_reconstruct', 'scalar'],
  'numpy.core.numeric': ['_frombuffer'],
  'numpy._core.numeric': ['_frombuffer'],
  'numpy.random._pickle': ['__bit_generator_ctor', '__generator_ctor', '__randomstate_ctor'],
  'numpy.random._mt19937': ['MT19937'],
  'numpy.random._pcg64': ['PCG64'],
  'numpy.random._philox': ['Philox'],
  'numpy.random._sfc64': ['SFC64'],
}

const joblib: Names = { 'joblib.numpy_pickle': ['NumpyArrayWrapper'] }

/** Storage types that a persistent id may name (torch/storage.py, torch/__init__.py). */
export const TORCH_STORAGES: Names = {
  torch: [
    'DoubleStorage',
    'FloatStorage',
    'HalfStorage',
    'BFloat16Storage',
    'LongStorage',
    'IntStorage',
    'ShortStorage',
    'CharStorage',
    'ByteStorage',
    'BoolStorage',
    'ComplexDoubleStorage',
    'ComplexFloatStorage',
    'QUInt8Storage',
    'QInt8Storage',
    'QInt32Storage',
    'QUInt4x2Storage',
    'QUInt2x4Storage',
  ],
  'torch.storage': ['UntypedStorage', 'TypedStorage'],
}

/** What `torch.load(weights_only=True)` admits by itself (torch/_weights_only_unpickler.py, _get_allowed_globals). */
const torch: Names = {
  torch: [
    ...(TORCH_STORAGES['torch'] ?? []),
    'Size',
    'Tensor',
    'device',
    ...['float', 'float16', 'float32', 'float64', 'half', 'double', 'bfloat16', 'complex32', 'complex64'],
    ...['complex128', 'uint8', 'uint16', 'uint32', 'uint64', 'int8', 'int16', 'int32', 'int64', 'bool'],
    ...['float8_e4m3fn', 'float8_e4m3fnuz', 'float8_e5m2', 'float8_e5m2fnuz'],
    ...['quint8', 'qint8', 'qint32', 'quint4x2', 'quint2x4'],
    ...['per_tensor_affine', 'per_channel_affine', 'per_tensor_symmetric', 'per_channel_symmetric'],
  ],
  'torch.storage': TORCH_STORAGES['torch.storage'] ?? [],
  'torch.nn.parameter': ['Parameter'],
  'torch.serialization': ['_get_layout'],
  'torch._tensor': ['_rebuild_from_type_v2'],
  'torch._utils': [
    '_rebuild_tensor',
    '_rebuild_tensor_v2',
    '_rebuild_tensor_v3',
    '_rebuild_parameter',
    '_rebuild_parameter_with_state',
    '_rebuild_qtensor',
    '_rebuild_sparse_tensor',
    '_rebuild_meta_tensor_no_storage',
    '_rebuild_nested_tensor',
    '_rebuild_wrapper_subclass',
    '_rebuild_device_tensor_from_numpy',
    '_rebuild_device_tensor_from_cpu_tensor',
  ],
}

export const PROFILES: Readonly<Record<PickleProfile, Names>> = { python, numpy, joblib, torch }
