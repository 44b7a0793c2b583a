// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors
//
// Python's stable ABI, as of 3.9, and as functions what it has as macros.

#ifndef TRAINLOOP_CPYTHON_SHIM_H
#define TRAINLOOP_CPYTHON_SHIM_H

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x03090000
#include <Python.h>

// Of the stable ABI since 3.10, and unchanged since 3.7: the header shows it to later versions only.
#ifndef METH_FASTCALL
#define METH_FASTCALL 0x0080
#endif

static inline PyObject *trainloop_none(void) {
    Py_INCREF(Py_None);
    return Py_None;
}

static inline PyObject *trainloop_bool(int value) { return PyBool_FromLong(value); }
static inline int trainloop_is_none(PyObject *object) { return object == Py_None; }
static inline int trainloop_is_bytes(PyObject *object) { return PyBytes_Check(object); }
static inline int trainloop_is_text(PyObject *object) { return PyUnicode_Check(object); }
static inline void trainloop_release(PyObject *object) { Py_XDECREF(object); }

typedef PyObject *(*trainloop_method)(PyObject *self, PyObject *const *arguments, Py_ssize_t count);

/// A table of `count` methods, all of the fast calling convention; lives as long as the process.
static inline PyMethodDef *trainloop_methods(Py_ssize_t count) {
    return (PyMethodDef *)PyMem_Calloc((size_t)count + 1, sizeof(PyMethodDef));
}

static inline void trainloop_set_method(
    PyMethodDef *table, Py_ssize_t index, const char *name, trainloop_method function, const char *summary) {
    table[index].ml_name = name;
    table[index].ml_meth = (PyCFunction)(void (*)(void))function;
    table[index].ml_flags = METH_FASTCALL;
    table[index].ml_doc = summary;
}

static inline PyObject *trainloop_make_module(const char *name, const char *summary, PyMethodDef *methods) {
    PyModuleDef *definition = (PyModuleDef *)PyMem_Calloc(1, sizeof(PyModuleDef));
    if (definition == NULL) return PyErr_NoMemory();
    PyModuleDef_Base base = PyModuleDef_HEAD_INIT;
    definition->m_base = base;
    definition->m_name = name;
    definition->m_doc = summary;
    definition->m_size = -1;
    definition->m_methods = methods;
    return PyModule_Create(definition);
}

#endif
